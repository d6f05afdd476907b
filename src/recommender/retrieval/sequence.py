"""Sources of candidates that look at the latest events: each weighs them and adds up their rows of a table."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recommender.log.views import View, fading
from recommender.retrieval.base import Scores
from recommender.retrieval.contexts import request_contexts
from recommender.retrieval.pairs import gap_bucket


@dataclass(frozen=True)
class ItemToItem:
    """An item's score is the weighted sum of its entries in the rows of the history's items.

    Attributes:
        table: float32 (n_items, n_items); row i holds how much item i speaks for each other item.
        decay: weight of each event of the history relative to the next later one.
    """

    table: sp.csr_array
    decay: float

    def score(self, view: View) -> Scores:
        """Return the weighted sums, float32 (n_requests, n_items)."""
        return (view.decayed(self.decay) @ self.table).toarray()


@dataclass(frozen=True)
class GapTransitions:
    """Like `ItemToItem`, each event speaking through the table of how long ago it was when the request came.

    Attributes:
        tables: one per bucket of `pairs.gap_bucket`, float32 (n_items, n_items).
        decay: weight of each event of the history relative to the next later one.
        window: events looked at.
    """

    tables: list[sp.csr_array]
    decay: float
    window: int

    def score(self, view: View) -> Scores:
        """Return the weighted sums, float32 (n_requests, n_items)."""
        weights = fading(self.decay, self.window)
        bucket = gap_bucket(view.recent.seconds)
        scores = np.zeros((len(view.requests), view.histories.n_items), dtype=np.float32)
        for at, table in enumerate(self.tables):
            spoken = np.where(bucket == at, weights, 0)
            if spoken.any():
                scores += (view.weigh_recent(spoken) @ table).toarray()
        return scores


@dataclass(frozen=True)
class RidgeSource:
    """Scores by the weights of `ridge.fit_ridge`.

    Attributes:
        table: float32 (2 n_items, n_items).
        decay: weight of each event of the history relative to the next later one, as fitted.
        window: events looked at, as fitted.
    """

    table: sp.csr_array
    decay: float
    window: int

    def score(self, view: View) -> Scores:
        """Return the predictions, float32 (n_requests, n_items)."""
        return (request_contexts(view, self.window, self.decay) @ self.table).toarray()
