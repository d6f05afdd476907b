"""Events of one user that come shortly after one another, counted as pairs of items, for a block of items at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import MICROSECONDS, Floats, Histories, Ints

BLOCK_CELLS = 300_000
"""Most item x item cells that are worked on at once, per table: 1 MB of float32, so that a few tables fit the cache."""

GAP_EDGES = (0, 60, 600, 86_400)
"""Seconds between two events: the same second, a page, a sitting, a day; beyond the last: later."""
N_GAPS = len(GAP_EDGES) + 1


def gap_bucket(seconds: Ints) -> Ints:
    """Sort whole seconds into the buckets that `GAP_EDGES` end, 0 to N_GAPS - 1."""
    return np.searchsorted(GAP_EDGES, seconds)


def item_blocks(n_items: int) -> list[tuple[int, int]]:
    """Return the bounds of blocks of item codes, so that a block x item table stays small."""
    size = max(1, BLOCK_CELLS // max(n_items, 1))
    return [(start, min(start + size, n_items)) for start in range(0, n_items, size)]


def lagged(histories: Histories, lag: int) -> tuple[Ints, Ints]:
    """Return the indices of all pairs of events of one user that are `lag` positions apart, the earlier ones first."""
    earlier = np.flatnonzero(histories.user[:-lag] == histories.user[lag:])
    return earlier, earlier + lag


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
    by_item: Ints
    first: Ints

    def after(self, start: int, stop: int) -> Floats:
        """Count what came after the items `start` to `stop - 1`, by the time between the two.

        Returns:
            float32 (N_GAPS, stop - start, n_items).
        """
        return self._count(start, stop, 1)

    def before(self, start: int, stop: int) -> Floats:
        """Count what came before the items `start` to `stop - 1`; shapes as in `after`."""
        return self._count(start, stop, -1)

    def _count(self, start: int, stop: int, direction: int) -> Floats:
        log = self.histories
        shape = (N_GAPS, stop - start, log.n_items)
        events = self.by_item[self.first[start] : self.first[stop]]
        cells, weights = [], []
        for lag in range(1, self.window + 1):
            here, there = _partners(log, events, direction * lag)
            gap = gap_bucket(np.abs(log.time[there] - log.time[here]) // MICROSECONDS)
            cells.append((gap * shape[1] + log.item[here] - start) * shape[2] + log.item[there])
            weights.append(np.full(len(here), self.decay ** (lag - 1)))
        size = shape[0] * shape[1] * shape[2]
        counts = np.bincount(np.concatenate(cells), np.concatenate(weights), minlength=size)
        return counts.reshape(shape).astype(np.float32)

    def margins(self) -> NDArray[np.float64]:
        """Return each item's weighted number of pairs, in both directions, (n_items,)."""
        totals = np.zeros(self.histories.n_items)
        for lag in range(1, self.window + 1):
            both = self.histories.item[np.concatenate(lagged(self.histories, lag))]
            totals += self.decay ** (lag - 1) * np.bincount(both, minlength=len(totals))
        return totals


def _partners(histories: Histories, events: Ints, offset: int) -> tuple[Ints, Ints]:
    """Return the events that have one of the same user `offset` positions away, and that one."""
    there = events + offset
    inside = (there >= 0) & (there < len(histories.item))
    here, there = events[inside], there[inside]
    same = histories.user[here] == histories.user[there]
    return here[same], there[same]


def pair_counter(histories: Histories, window: int, decay: float) -> PairCounter:
    """Prepare to count the pairs of some events; see `PairCounter`."""
    by_item = np.argsort(histories.item, kind="stable")
    return PairCounter(histories, window, decay, by_item, np.concatenate(([0], np.cumsum(histories.counts))))
