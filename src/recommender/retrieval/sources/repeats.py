"""What the user chose before, for logs whose users choose items again."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.log.histories import Floats
from recommender.log.views import View
from recommender.retrieval.source import Source, Training
from recommender.retrieval.top import Scores

HALF = 20
"""After how many events the recency of an event has halved."""


@dataclass(frozen=True)
class Repeats(Source):
    """Scores an item by the user's own events of it, more if they are late; then by its popularity.

    Attributes:
        popularity: share of all events, float32 (n_items,).
    """

    name = "repeats"
    words = ("often chosen by this user before", "not chosen by this user before")

    popularity: Floats

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Count the events of each item."""
        counts = training.histories.counts
        return cls((counts / max(int(counts.sum()), 1)).astype(np.float32))

    def score(self, view: View) -> Scores:
        """Return the weighted number of own events, float32 (n_requests, n_items)."""
        weights = 1 + 0.5 ** (view.age / HALF)
        scores: Scores = view.weighted(weights.astype(np.float32)).toarray() + self.popularity
        return scores
