"""Features of the further columns of the items, such as price and brand."""

import numpy as np

from recommender.features.context import Context
from recommender.log.histories import Floats, Ints

LATEST_ITEMS = 10
"""How many of the latest items of a request the candidate is compared with."""


def item_column_features(context: Context) -> dict[str, Floats]:
    """Describe the item of the candidate by the table of items, and compare it with the latest items.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) for each column, NaN where a value is unknown: of numbers, `item_number_{name}` and
        `item_difference_{name}` (from the mean of the last ten items); of texts, `item_text_{name}` (a code) and
        `item_match_{name}` (share of the last ten items with the same text).
    """
    found: dict[str, Floats] = {}
    item, request = context.candidates.item, context.candidates.request
    for name, column in context.items.further.items():
        values = column.values[item]
        if column.text:
            found[f"item_text_{name}"] = values
            found[f"item_match_{name}"] = _shares(column.values, context.latest[:, :LATEST_ITEMS], item, request)
        else:
            found[f"item_number_{name}"] = values
            found[f"item_difference_{name}"] = values - context.latest_mean(column.values, LATEST_ITEMS)[request]
    return found


def _shares(levels: Floats, latest: Ints, item: Ints, request: Ints) -> Floats:
    """Return which share of the latest items whose text is known have the text of the candidate."""
    theirs = np.where(latest >= 0, levels[latest], np.nan)[request]
    known = np.isfinite(theirs).sum(axis=1)
    same = (theirs == levels[item][:, None]).sum(axis=1)
    shares = same / np.maximum(known, 1)
    return np.where((known > 0) & np.isfinite(levels[item]), shares, np.nan).astype(np.float32)
