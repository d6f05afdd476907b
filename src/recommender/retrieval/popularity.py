"""The most popular items: the same scores for everybody."""

from dataclasses import dataclass

import numpy as np

from recommender.histories import Histories, Ints
from recommender.requests import View
from recommender.retrieval.base import Scores


@dataclass(frozen=True)
class Popularity:
    """Scores an item by its number of events.

    Attributes:
        counts: int64 (n_items,).
    """

    counts: Ints

    def score(self, view: View) -> Scores:
        """Return the counts for every request."""
        return np.tile(self.counts.astype(np.float32), (len(view.requests), 1))


def fit_popularity(histories: Histories) -> Popularity:
    """Count the events of each item."""
    return Popularity(histories.counts)
