"""Features of the user's own earlier events of the candidate, for logs whose users choose items again."""

import numpy as np

from recommender.features.context import Context
from recommender.log.histories import DAY, Floats


def own_event_features(context: Context) -> dict[str, Floats]:
    """Describe how often and when the user chose the candidate before.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) each: `own_events` (log of 1 + own events of the item), `own_days` since the last of them, and
        `own_due`: these days over the mean days between them (1 when the item is due again). NaN where there are too
        few.
    """
    view, candidates = context.view, context.candidates
    n_items = view.histories.n_items
    keys = view.request_of_event * n_items + view.histories.item[view.events]
    order = np.argsort(keys, kind="stable")
    own, first, count = np.unique(keys[order], return_index=True, return_counts=True)
    time = view.histories.time[view.events][order]
    wanted = candidates.request * n_items + candidates.item
    place = np.minimum(np.searchsorted(own, wanted), max(len(own) - 1, 0))
    met = own[place] == wanted if len(own) else np.zeros(len(wanted), dtype=bool)
    start, events = (values[place] if len(own) else np.zeros(len(wanted), np.int64) for values in (first, count))
    events = np.where(met, events, 0)
    earliest, latest = (time[at] if len(own) else start for at in (start, start + np.maximum(events, 1) - 1))
    days = np.where(met, (view.requests.time[candidates.request] - latest) / DAY, np.nan)
    between = np.where(events > 1, (latest - earliest) / DAY / np.maximum(events - 1, 1), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        due = np.where(between > 0, days / between, np.nan)
    found = {"own_events": np.log1p(events), "own_days": days, "own_due": due}
    return {name: values.astype(np.float32) for name, values in found.items()}
