"""What came before an event or a request: the items of its block, and the items before that."""

import numpy as np
import scipy.sparse as sp

from recommender.log.histories import MICROSECONDS, Floats, Histories, Ints
from recommender.log.views import View, fading

BLOCK_SECONDS = 2
"""Events at most this far apart belong to one block: what a user does on one page of a site."""


def event_contexts(
    histories: Histories, events: Ints, window: int, decay: float, request_time: bool, item_weight: Floats
) -> sp.csr_array:
    """Describe what came before some events.

    Args:
        histories: the events to learn from.
        events: indices of the events, ascending, (n,).
        window: events looked back.
        decay: weight of each event relative to the next later one.
        request_time: whether the block is that of the event itself (its time is known) or of the event before it.
        item_weight: a weight per item, (n_items,).

    Returns:
        float32 (n, 2 n_items): weights of the items in the block, then of the others.
    """
    n, rows, columns, values = histories.n_items, [], [], []
    moment = histories.time[events if request_time else np.maximum(events - 1, 0)]
    for lag in range(1, window + 1):
        row = np.flatnonzero(histories.user[np.maximum(events - lag, 0)] == histories.user[events])
        row = row[events[row] >= lag]
        earlier = events[row] - lag
        near = (moment[row] - histories.time[earlier]) // MICROSECONDS <= BLOCK_SECONDS
        item = histories.item[earlier]
        rows.append(row)
        columns.append(np.where(near, item, item + n))
        values.append((np.float32(decay ** (lag - 1)) * item_weight[item]).astype(np.float32))
    joined = (np.concatenate(rows), np.concatenate(columns))
    return sp.coo_array((np.concatenate(values), joined), shape=(len(events), 2 * n)).tocsr()


def request_contexts(view: View, window: int, decay: float) -> sp.csr_array:
    """Describe what came before each request; see `event_contexts`; float32 (n, 2 n_items)."""
    return view.weigh_recent(fading(decay, window)[None], request_columns(view), 2 * view.histories.n_items)


def request_columns(view: View) -> Ints:
    """Return the column of each of the latest events in `request_contexts`, (n, RECENT)."""
    item = view.recent.item
    return np.where(view.recent.seconds <= BLOCK_SECONDS, item, item + view.histories.n_items)


def latest_events(histories: Histories, most: int) -> Ints:
    """Return the indices of the latest events in time, at most `most`, ascending; of equal times the first ones."""
    time = histories.time
    if most >= len(time):
        return np.arange(len(time))
    edge = np.partition(time, -most)[-most]
    later = np.flatnonzero(time > edge)
    return np.sort(np.append(later, np.flatnonzero(time == edge)[: most - len(later)]))
