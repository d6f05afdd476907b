"""Who chooses an item, by one further column: how often users of one level do, or the mean value of those who do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.log.histories import Column, Floats, Histories, Ints

PRIOR_EVENTS = 5.0
"""What is known of an item is pulled towards what is known of all as if it had this many average events more."""


@dataclass(frozen=True)
class Lift:
    """How often each level chooses each item, against what the item and the level alone would explain.

    Attributes:
        keys: sorted `level * n_items + item` of what occurs, int64 (n,).
        events: how often each of them occurs, int64 (n,).
        levels: events of each level, int64 (n_levels,).
        items: events of each item whose level is known, int64 (n_items,).
    """

    keys: Ints
    events: Ints
    levels: Ints
    items: Ints

    @classmethod
    def fit(cls, level: Floats, item: Ints, n_items: int) -> Self:
        """Count events by level and item, NaN being an unknown level."""
        known = np.isfinite(level)
        code, item = level[known].astype(np.int64), item[known]
        keys, events = np.unique(code * n_items + item, return_counts=True)
        return cls(keys, events, np.bincount(code), np.bincount(item, minlength=n_items))

    def __call__(self, level: Floats, item: Ints) -> Floats:
        """Return the log of events over expected events, NaN for a level without events; float32 (n,)."""
        if not len(self.keys):
            return np.full(len(item), np.nan, dtype=np.float32)
        known = np.isfinite(level) & (level < len(self.levels))
        code = np.where(known, level, 0).astype(np.int64)
        wanted = code * len(self.items) + item
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        events = np.where(self.keys[place] == wanted, self.events[place], 0)
        total = self.levels[code]
        expected = total * (self.items[item] / self.items.sum())
        lift = np.log((events + PRIOR_EVENTS) / (expected + PRIOR_EVENTS))
        return np.where(known & (total > 0), lift, np.nan).astype(np.float32)


@dataclass(frozen=True)
class Distance:
    """The mean of a column of numbers over the events of each item.

    Attributes:
        mean: float32 (n_items,), NaN if no value is known at all.
    """

    mean: Floats

    @classmethod
    def fit(cls, value: Floats, item: Ints, n_items: int) -> Self:
        """Average the known values by item."""
        known = np.isfinite(value)
        value, item = value[known].astype(np.float64), item[known]
        overall = value.mean() if len(value) else np.nan
        sums, counts = np.bincount(item, value, n_items), np.bincount(item, minlength=n_items)
        return cls(((sums + PRIOR_EVENTS * overall) / (counts + PRIOR_EVENTS)).astype(np.float32))

    def __call__(self, value: Floats, item: Ints) -> Floats:
        """Return the values minus the means of the items, float32 (n,)."""
        return value - self.mean[item]


Affinity = Lift | Distance


def fit_affinities(histories: Histories) -> dict[str, Affinity]:
    """Fit the affinities of the items to the further columns of events.

    Returns:
        By `user/NAME` for each further column of the users, and by `request/NAME` for each of the events.
    """
    columns = {f"user/{name}": column[histories.user] for name, column in histories.user_columns.items()}
    columns |= {f"request/{name}": column for name, column in histories.event_columns.items()}
    return {name: _fit(column, histories) for name, column in columns.items()}


def _fit(column: Column, histories: Histories) -> Affinity:
    kind = Lift if column.text else Distance
    return kind.fit(column.values, histories.item.astype(np.int64), histories.n_items)


Affinities = Mapping[str, Affinity]
