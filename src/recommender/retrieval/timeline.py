"""How popular each item was by when: events counted before a moment."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recommender.log.histories import MICROSECONDS, Histories, Ints

_SHIFT = 33
"""Bits for the seconds of a key: 272 years."""


@dataclass(frozen=True)
class Timeline:
    """The moments of all events, by item.

    Attributes:
        start: first moment, in seconds since 1970.
        keys: item code and seconds since `start` of each event in one number, sorted, int64 (n_events,).
        counts: events per item, (n_items,).
    """

    start: int
    keys: Ints
    counts: Ints

    @cached_property
    def seconds(self) -> Ints:
        """Seconds since `start` of all events, sorted."""
        return np.sort(self.keys & ((1 << _SHIFT) - 1))

    def before(self, item: Ints, moment: Ints) -> Ints:
        """Count each item's events strictly before a moment.

        Args:
            item: item codes, (n,).
            moment: seconds since 1970, (n,).
        """
        first = self._starts[item]
        return np.searchsorted(self.keys, (item << _SHIFT) + self._clipped(moment)) - first

    def all_before(self, moment: Ints) -> Ints:
        """Count all events strictly before a moment, seconds since 1970, (n,)."""
        return np.searchsorted(self.seconds, self._clipped(moment))

    @cached_property
    def _starts(self) -> Ints:
        return np.cumsum(self.counts) - self.counts

    @cached_property
    def first(self) -> Ints:
        """First moment of each item, seconds since 1970; the start of the log for one without events."""
        seconds = self.keys[np.minimum(self._starts, len(self.keys) - 1)] & ((1 << _SHIFT) - 1)
        return self.start + np.where(self.counts > 0, seconds, 0)

    def _clipped(self, moment: Ints) -> Ints:
        return np.clip(moment - self.start, 0, (1 << _SHIFT) - 1)


def fit_timeline(histories: Histories) -> Timeline:
    """Sort the moments of all events by item."""
    seconds = histories.time // MICROSECONDS
    start = int(seconds.min())
    return Timeline(start, np.sort((histories.item.astype(np.int64) << _SHIFT) + seconds - start), histories.counts)
