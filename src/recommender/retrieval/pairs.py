"""Events of one user that come shortly after one another, as pairs and as contexts."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from recommender.histories import Floats, Histories, Ints

BLOCK_SECONDS = 2
"""Events at most this far apart belong to one block: what a person does on one page of a site."""
MICROSECONDS = 1_000_000


def lagged(histories: Histories, lag: int) -> tuple[Ints, Ints]:
    """Return the indices of all pairs of events of one user that are `lag` positions apart, the earlier ones first."""
    earlier = np.flatnonzero(histories.user[:-lag] == histories.user[lag:])
    return earlier, earlier + lag


def count_pairs(
    histories: Histories, window: int, decay: float, bucket_of: Callable[[Ints], Ints], buckets: int
) -> list[sp.csr_array]:
    """Count how often each item comes after each other one, by the time between the two.

    Args:
        histories: the events to learn from.
        window: pairs at most this many positions apart count.
        decay: weight of each further position between the two.
        bucket_of: sorts whole seconds into 0 to `buckets` - 1.
        buckets: how many tables to make.

    Returns:
        One table per bucket, float32 (n_items, n_items); entry (i, j): how often, weighted, j came after i.
    """
    n = histories.n_items
    counts = sp.csr_array((buckets * n, n), dtype=np.float32)
    for lag in range(1, window + 1):
        earlier, later = lagged(histories, lag)
        bucket = bucket_of(seconds_between(histories, earlier, later))
        weights = np.full(len(earlier), decay ** (lag - 1), dtype=np.float32)
        pairs = (bucket * n + histories.item[earlier], histories.item[later])
        counts = counts + sp.coo_array((weights, pairs), shape=counts.shape).tocsr()
    return [sp.csr_array(counts[at * n : (at + 1) * n]) for at in range(buckets)]


def seconds_between(histories: Histories, earlier: Ints, later: Ints) -> Ints:
    """Return the whole seconds between pairs of events."""
    return (histories.time[later] - histories.time[earlier]) // MICROSECONDS


def block_contexts(
    histories: Histories, window: int, decay: float, request_time: bool, item_weight: Floats
) -> sp.csr_array:
    """Describe what came before each event: the items of its block, and the items before that.

    Args:
        histories: the events to learn from.
        window: events looked back.
        decay: weight of each event relative to the next later one.
        request_time: whether the block is that of the event itself (its time is known) or of the event before it.
        item_weight: a weight per item, (n_items,).

    Returns:
        float32 (n_events, 2 n_items): weights of the items in the block, then of the others.
    """
    n = histories.n_items
    moment = histories.time if request_time else np.concatenate((histories.time[:1], histories.time[:-1]))
    rows, columns, values = [], [], []
    for lag in range(1, window + 1):
        earlier, later = lagged(histories, lag)
        near = moment[later] - histories.time[earlier] <= BLOCK_SECONDS * MICROSECONDS
        item = histories.item[earlier]
        rows.append(later)
        columns.append(np.where(near, item, item + n))
        values.append((np.float32(decay ** (lag - 1)) * item_weight[item]).astype(np.float32))
    joined = (np.concatenate(rows), np.concatenate(columns))
    return sp.coo_array((np.concatenate(values), joined), shape=(len(histories.item), 2 * n)).tocsr()


def target_matrix(histories: Histories) -> sp.csr_array:
    """Return the item of each event as a float32 event x item matrix of ones."""
    n = len(histories.item)
    return sp.csr_array((np.ones(n, dtype=np.float32), histories.item, np.arange(n + 1)), shape=(n, histories.n_items))
