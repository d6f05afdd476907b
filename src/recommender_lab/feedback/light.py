"""A model that is fitted in a tenth of a second, so that many schedules can be compared: weighted transitions."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recommender.log.histories import Floats, Histories
from recommender.log.views import View
from recommender.retrieval.item_to_item import ItemToItem
from recommender.retrieval.pruning import SHRINK
from recommender.retrieval.source import Source
from recommender.retrieval.top import Scores

POPULARITY_SHARE = 1e-4
"""Weight of popularity, so small that it only ranks items without transitions."""


@dataclass(frozen=True)
class Transitions(Source):
    """Scores an item by how often it was near the latest events of the user, plus a little popularity.

    Attributes:
        near: the weighted table.
        popularity: weighted events per item relative to the most popular one, float32 (n_items,).
    """

    near: ItemToItem
    popularity: Floats

    def score(self, view: View) -> Scores:
        """Return float32 (n_requests, n_items)."""
        return self.near.score(view) + np.float32(POPULARITY_SHARE) * self.popularity


def fit_transitions(histories: Histories, weights: Floats, window: int, decay: float) -> Transitions:
    """Count how often items are near each other in the histories, in both directions, weighted.

    Formula: `table[i, j] = sum of decay**(lag - 1) * weight(later event) / sqrt((n_i + 5) (n_j + 5))` over the pairs of
    events of one user that are 1 to `window` positions apart, n the weighted events of an item.

    Args:
        histories: the events to fit on.
        weights: of each event, float32 (n_events,).
        window: largest distance of two events, in positions.
        decay: weight of each position relative to the nearer one.
    """
    n, item = histories.n_items, histories.item
    mass = np.bincount(item, weights=weights, minlength=n)
    scale = (mass + SHRINK) ** -0.5
    table = _following(histories, weights, window, decay).tocoo()
    values = (table.data * scale[table.row] * scale[table.col]).astype(np.float32)
    scaled = sp.csr_array((values, (table.row, table.col)), shape=(n, n))
    popularity = (mass / max(mass.max(initial=0), 1e-12)).astype(np.float32)
    return Transitions(ItemToItem(sp.csr_array(scaled + scaled.T), decay), popularity)


def _following(histories: Histories, weights: Floats, window: int, decay: float) -> sp.csr_array:
    """Add up what came up to `window` events after the events of each item, float64 (n_items, n_items)."""
    n, item, events = histories.n_items, histories.item, np.arange(len(histories.item))
    later = events[:, None] + np.arange(1, window + 1)
    pairs = later < histories.indptr[histories.user + 1][:, None]
    values = decay ** np.arange(window) * weights[np.where(pairs, later, 0)]
    ends = np.append(0, np.cumsum(pairs.sum(axis=1)))
    after = sp.csr_array((values[pairs], item[later[pairs]], ends), shape=(len(events), n))
    # A product with ones adds up the events of each item in linear time, where sorting the pairs would not.
    return sp.csr_array((np.ones(len(events)), (item, events)), shape=(n, len(events))) @ after
