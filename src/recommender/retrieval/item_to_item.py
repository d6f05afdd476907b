"""Scores that are weighted sums of the rows of an item-to-item table, one row per event of the history."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recommender.log.histories import Ints
from recommender.log.views import RECENT, View
from recommender.retrieval.source import Parts, table_parts
from recommender.retrieval.top import Scores


@dataclass(frozen=True)
class ItemToItem:
    """Adds up the rows of the latest events' items.

    Attributes:
        table: float32 (n_items, n_items); row i holds the relevance of each item to a history that has item i.
        decay: weight of each event of the history relative to the next later one.
    """

    table: sp.csr_array
    decay: float

    def score(self, view: View) -> Scores:
        """Return the weighted sums, float32 (n_requests, n_items)."""
        return (view.decayed(self.decay) @ self.table).toarray()

    def parts(self, view: View, item: Ints) -> Parts:
        """Return what each event adds to the scores of some items; see `Source.parts`."""
        known = view.recent.item[0] >= 0
        event = view.recent.item[0, known]
        return table_parts(self.table, event, event, self.decay ** np.arange(RECENT)[known], item)
