"""The most popular items: of all time, or of the days before the request."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.log.histories import DAY, Codes, Histories, Ints
from recommender.log.views import View
from recommender.retrieval.source import Source, Training
from recommender.retrieval.top import Scores

RECENT_DAYS = 14
"""How far back events count as recent popularity."""


@dataclass(frozen=True)
class Popularity(Source):
    """Scores an item by its number of events.

    Attributes:
        counts: int64 (n_items,).
    """

    name = "popularity"
    words = ("popular: chosen by {value} users", "not popular")

    counts: Ints

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Count the events of each item."""
        return cls.count(training.histories)

    @classmethod
    def count(cls, histories: Histories) -> Self:
        """Count the events of each item."""
        return cls(histories.counts)

    def score(self, view: View) -> Scores:
        """Return the counts for every request."""
        return np.tile(self.counts.astype(np.float32), (len(view.requests), 1))


@dataclass(frozen=True)
class RecentPopularity(Source):
    """Scores an item by its number of events in the days before the request.

    Attributes:
        time: int64 microseconds since 1970 of all events, ascending, (n_events,).
        item: int32 item codes of the same, (n_events,).
        n_items: number of items.
        days: how far back events count.
    """

    name = "recent_popularity"
    words = ("popular these days", "not popular these days")

    time: Ints
    item: Codes
    n_items: int
    days: int

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Sort the events by time; those of one moment count together, so their order does not matter."""
        histories = training.histories
        order = np.argsort(histories.time, kind="stable")
        return cls(histories.time[order], histories.item[order], histories.n_items, RECENT_DAYS)

    def score(self, view: View) -> Scores:
        """Return the counts before the moment of each request, float32 (n_requests, n_items)."""
        from recommender.retrieval import loops  # noqa: PLC0415 - see there

        moment, order = view.requests.time, np.argsort(view.requests.time, kind="stable")
        first, last = np.searchsorted(self.time, moment - self.days * DAY), np.searchsorted(self.time, moment)
        scores = np.empty((len(moment), self.n_items), dtype=np.float32)
        loops.count_windows(scores, order, first, last, self.item)
        return scores
