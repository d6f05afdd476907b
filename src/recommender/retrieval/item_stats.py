"""What is fitted of each item besides the sources: how often, how well and when it was rated, and what is near it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from recommender.log.histories import MICROSECONDS, Floats, Histories, Ints
from recommender.retrieval.embedding import order_embedding
from recommender.retrieval.source import Training
from recommender.retrieval.sources.transitions import counter, transition_tables
from recommender.retrieval.timeline import Timeline, fit_timeline
from recommender.seeds import seed_for

PRIOR_EVENTS = 5.0
"""The mean rating of an item is pulled towards that of all events as if it had this many average events more."""


@dataclass(frozen=True)
class ItemStats:
    """Statistics by item code.

    Attributes:
        counts: events per item, int64 (n_items,).
        mean_rating: smoothed mean rating per item, float32 (n_items,).
        timeline: when each item had its events.
        embedding: unit rows of the order of events, float32 (n_items, d).
    """

    counts: Ints
    mean_rating: Floats
    timeline: Timeline
    embedding: Floats

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Fit the statistics to events."""
        histories = training.histories
        margins = training.once(counter).margins()
        seed = seed_for(training.seed, "sequence")
        embedding = order_embedding(training.once(transition_tables)["pairs"], margins, seed)
        return cls(histories.counts, mean_ratings(histories), fit_timeline(histories), embedding)

    @cached_property
    def log_counts(self) -> Floats:
        """Logarithm of 1 + events, float32 (n_items,)."""
        return np.log1p(self.counts).astype(np.float32)

    @cached_property
    def since(self) -> Ints:
        """The first event of each item, microseconds since 1970, int64 (n_items,); the end of time for one without."""
        return np.where(self.counts > 0, self.timeline.first * MICROSECONDS, np.iinfo(np.int64).max)


def mean_ratings(histories: Histories) -> Floats:
    """Return the mean rating of each item, pulled towards the mean of all events; float32 (n_items,)."""
    sums = np.bincount(histories.item, weights=histories.rating, minlength=histories.n_items)
    overall = histories.rating.mean(dtype=np.float64)
    return ((sums + PRIOR_EVENTS * overall) / (histories.counts + PRIOR_EVENTS)).astype(np.float32)
