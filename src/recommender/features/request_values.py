"""Features of a request from further columns, of its user or of the request itself."""

from collections.abc import Mapping

import numpy as np

from recommender.features.context import Context
from recommender.log.histories import Column, Floats
from recommender.retrieval.affinity import Lift


def further_features(kind: str, columns: Mapping[str, Column], context: Context) -> dict[str, Floats]:
    """Give each candidate the values of its request, and how well the item fits them.

    Args:
        kind: of the columns, the first part of the names; the events that were learnt from have such columns.
        columns: by name, one value per request; one that is not there is unknown.
        context: n candidates.

    Returns:
        float32 (n,) for each column, NaN where its value is unknown: of numbers, `{kind}_number_{name}` and
        `{kind}_distance_{name}` (value - mean over the earlier events of the item); of texts, `{kind}_text_{name}` (a
        code) and `{kind}_lift_{name}` (log of the item's events with this text over the expected number).
    """
    found: dict[str, Floats] = {}
    item, request = context.candidates.item, context.candidates.request
    unknown = np.full(len(context.view.requests), np.nan, dtype=np.float32)
    for key, affinity in context.knowledge.affinities.items():
        of, _, name = key.partition("/")
        if of == kind:
            values = (columns[name].values if name in columns else unknown)[request]
            value, fit = ("text", "lift") if isinstance(affinity, Lift) else ("number", "distance")
            found |= {f"{kind}_{value}_{name}": values, f"{kind}_{fit}_{name}": affinity(values, item)}
    return found
