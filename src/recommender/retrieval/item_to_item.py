"""Scores a history by a table of items: the sum of the rows of its events, the latest weighing most."""

from dataclasses import dataclass

import scipy.sparse as sp

from recommender.histories import View
from recommender.retrieval.base import Scores


@dataclass(frozen=True)
class ItemToItem:
    """A linear source: an item's score is the weighted sum of its entries in the rows of the history's items.

    Attributes:
        table: float32 (n_items, n_items); row i holds how much item i speaks for each other item.
        decay: weight of each event of the history relative to the next one.
    """

    table: sp.csr_array
    decay: float

    def score(self, view: View) -> Scores:
        """Return the weighted sums, float32 (n_requests, n_items)."""
        scores: Scores = (view.decayed(self.decay) @ self.table).toarray()
        return scores
