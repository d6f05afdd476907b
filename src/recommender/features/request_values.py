"""Features of a request from further columns, of its user or of the request itself."""

from collections.abc import Mapping

from recommender.features.context import Context
from recommender.log.histories import Column, Floats


def further_features(kind: str, columns: Mapping[str, Column], context: Context) -> dict[str, Floats]:
    """Give each candidate the values of its request, and how well the item fits them.

    Args:
        kind: of the columns, the first part of the names.
        columns: by name, one value per request.
        context: n candidates.

    Returns:
        float32 (n,) for each column, NaN where its value is unknown: of numbers, `{kind}_number_{name}` and
        `{kind}_distance_{name}` (value - mean over the earlier events of the item); of texts, `{kind}_text_{name}` (a
        code) and `{kind}_lift_{name}` (log of the item's events with this text over the expected number).
    """
    found: dict[str, Floats] = {}
    item, request = context.candidates.item, context.candidates.request
    for name, column in columns.items():
        value, fit = ("text", "lift") if column.text else ("number", "distance")
        values = column.values[request]
        found[f"{kind}_{value}_{name}"] = values
        found[f"{kind}_{fit}_{name}"] = context.knowledge.affinities[f"{kind}/{name}"](values, item)
    return found
