"""Events of one user that come shortly after one another, counted as pairs of items, for a block of items at a time."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.log.histories import MICROSECONDS, Codes, Histories, Ints

BLOCK_WORK = 500_000
"""Most pairs of events that are worked on at once, if one item alone has no more: about 30 MB."""

GAP_EDGES = (0, 60, 600, 86_400)
"""Seconds between two events: the same second, a page, a sitting, a day; beyond the last: later."""
N_GAPS = len(GAP_EDGES) + 1


def gap_bucket(seconds: Ints) -> Ints:
    """Sort whole seconds into the buckets that `GAP_EDGES` end, 0 to N_GAPS - 1."""
    return np.searchsorted(GAP_EDGES, seconds)


def item_blocks(work: Ints) -> list[tuple[int, int]]:
    """Divide the items into blocks of bounded work.

    Args:
        work: of each item, at least 0, (n_items,).

    Returns:
        The bounds of the blocks, in order; the work of each is at most `BLOCK_WORK`, or it has one item.
    """
    total, bounds = np.cumsum(work), [0]
    while bounds[-1] < len(work):
        done = total[bounds[-1] - 1] if bounds[-1] else 0
        bounds.append(max(int(np.searchsorted(total, done + BLOCK_WORK, side="right")), bounds[-1] + 1))
    return [*pairwise(bounds)]


@dataclass(frozen=True)
class PairCounter:
    """Counts pairs of items; an item follows another if it comes at most `window` events later.

    Attributes:
        histories: the events to learn from.
        window: pairs at most this many positions apart count.
        decay: weight of each further position between the two.
        by_item: event indices sorted by item, and among equal ones by event, (n_events,).
        first: where each item's events start in `by_item`, (n_items + 1,).
    """

    histories: Histories
    window: int
    decay: float
    by_item: Ints | Codes
    first: Ints

    def blocks(self) -> list[tuple[int, int]]:
        """Return the bounds of blocks of items with a bounded number of pairs in one direction."""
        return item_blocks(self.histories.counts * self.window)

    def after(self, start: int, stop: int) -> list[sp.csr_array]:
        """Count what came after the items `start` to `stop - 1`, by the time between the two.

        Returns:
            N_GAPS tables, float32 (stop - start, n_items), columns ascending.
        """
        return self._count(start, stop, 1)

    def before(self, start: int, stop: int) -> list[sp.csr_array]:
        """Count what came before the items `start` to `stop - 1`; as in `after`."""
        return self._count(start, stop, -1)

    def _count(self, start: int, stop: int, direction: int) -> list[sp.csr_array]:
        from recommender.retrieval import loops  # noqa: PLC0415 - see there

        log, n = self.histories, self.histories.n_items
        events = self.by_item[self.first[start] : self.first[stop]]
        ends = self.first[start : stop + 1] - self.first[start]
        weights, most = np.power(self.decay, np.arange(self.window, dtype=np.float64)), len(events) * self.window
        keys, counts = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.float32)
        found = np.zeros(len(ends), dtype=np.int64)
        edges = (np.array(GAP_EDGES) + 1) * MICROSECONDS
        loops.add_pairs(found, keys, counts, events, ends, direction, weights, log.user, log.item, log.time, edges, n)
        table = (counts[: found[-1]], keys[: found[-1]], found)
        counted = sp.csr_array(table, shape=(stop - start, N_GAPS * n))
        counted.sort_indices()
        return _by_gap(counted, n)

    def margins(self) -> NDArray[np.float64]:
        """Return each item's weighted number of pairs, in both directions, (n_items,)."""
        totals = np.zeros(self.histories.n_items)
        for lag in range(1, self.window + 1):
            near = self.histories.user[:-lag] == self.histories.user[lag:]
            both = (self.histories.item[:-lag][near], self.histories.item[lag:][near])
            totals += self.decay ** (lag - 1) * sum(np.bincount(item, minlength=len(totals)) for item in both)
        return totals


def _by_gap(counts: sp.csr_array, n_items: int) -> list[sp.csr_array]:
    """Take apart the tables that lie side by side."""
    gap, tables = counts.indices // n_items, []
    for bucket in range(N_GAPS):
        own = gap == bucket
        ends = np.append(0, np.cumsum(own))[counts.indptr]
        contents = (counts.data[own], counts.indices[own] - bucket * n_items, ends)
        tables.append(sp.csr_array(contents, shape=(counts.shape[0], n_items)))
    return tables


def pair_counter(histories: Histories, window: int, decay: float) -> PairCounter:
    """Prepare to count the pairs of some events; see `PairCounter`."""
    by_item = np.argsort(histories.item, kind="stable")
    if len(by_item) < 1 << 31:
        by_item = by_item.astype(np.int32)
    return PairCounter(histories, window, decay, by_item, np.concatenate(([0], np.cumsum(histories.counts))))
