"""Features of the user's own earlier events of the candidate, for logs whose users choose items again."""

import numpy as np

from recommender.features.context import Context
from recommender.log.histories import DAY, Floats

NO_KEY = -1


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
    log = view.histories
    keys = view.request_of_event * log.n_items + log.item[view.events]
    order = np.argsort(keys, kind="stable")
    # The last entry stands for an item without own events.
    time = np.append(log.time[view.events][order], 0)
    own, first, count = np.unique(keys[order], return_index=True, return_counts=True)
    own, first, count = np.append(own, NO_KEY), np.append(first, len(order)), np.append(count, 0)
    wanted = candidates.request * log.n_items + candidates.item
    place = np.searchsorted(own[:-1], wanted)
    place = np.where(own[place] == wanted, place, len(own) - 1)
    events, earliest = count[place], time[first[place]]
    latest = time[first[place] + np.maximum(events, 1) - 1]
    days = np.where(events > 0, (view.requests.time[candidates.request] - latest) / DAY, np.nan)
    between = np.where(latest > earliest, (latest - earliest) / DAY / np.maximum(events - 1, 1), np.nan)
    found = {"own_events": np.log1p(events), "own_days": days, "own_due": days / between}
    return {name: values.astype(np.float32) for name, values in found.items()}
