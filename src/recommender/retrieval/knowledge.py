"""Everything that is learnt from one set of events: the sources of candidates and the statistics of the items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.histories import Floats, Histories, Ints
from recommender.retrieval.base import Retriever
from recommender.retrieval.item_to_item import ItemToItem
from recommender.retrieval.popularity import fit_popularity
from recommender.retrieval.svd import ItemFactors, SvdRetriever
from recommender.retrieval.transitions import count_transitions, keep_largest, normalise
from recommender.sections import Candidates, Transitions

RECENT_DECAY = 0.95
PRIOR_EVENTS = 5.0
"""An item's mean rating is pulled towards the mean of all events as if it had this many average events more."""


@dataclass(frozen=True)
class Knowledge:
    """What was learnt from some events; it must not have seen what it is asked about.

    Attributes:
        counts: events per item, int64 (n_items,).
        mean_rating: smoothed mean rating per item, float32 (n_items,).
        factors: the factorisation.
        sources: the sources of candidates, by name, in the order of `Candidates`.
        sizes: items per request of each source.
    """

    counts: Ints
    mean_rating: Floats
    factors: ItemFactors
    sources: dict[str, Retriever]
    sizes: dict[str, int]

    @property
    def catalogue(self) -> NDArray[np.bool_]:
        """Items that have events, boolean (n_items,)."""
        return self.counts > 0


def learn(histories: Histories, factors: ItemFactors, transitions: Transitions, candidates: Candidates) -> Knowledge:
    """Fit every source that gives candidates.

    Args:
        histories: the events to learn from.
        factors: the factorisation of the same events.
        transitions: window and decay of the item-to-item sources.
        candidates: the sources and their sizes; a source of size 0 is not fitted.

    Returns:
        The sources and the statistics of the items.
    """
    sizes = {name: size for name, size in candidates.model_dump().items() if size > 0}
    sources = _item_to_item(histories, transitions) if {"transitions", "neighbours"} & set(sizes) else {}
    sources |= {
        "svd": SvdRetriever(factors, decay=1.0),
        "svd_recent": SvdRetriever(factors, decay=RECENT_DECAY),
        "popularity": fit_popularity(histories),
    }
    used = {name: sources[name] for name in sizes}
    return Knowledge(histories.counts, mean_ratings(histories), factors, used, sizes)


def _item_to_item(histories: Histories, settings: Transitions) -> dict[str, Retriever]:
    directed = count_transitions(histories, settings.window, settings.decay)
    tables = {
        "transitions": normalise(directed, histories.counts, 0.5, 0.25),
        "neighbours": normalise(directed + directed.T, histories.counts, 0.5, 0.5),
    }
    return {
        name: ItemToItem(keep_largest(table, settings.neighbours), settings.decay) for name, table in tables.items()
    }


def mean_ratings(histories: Histories) -> Floats:
    """Return each item's mean rating, pulled towards the mean of all events; float32 (n_items,)."""
    sums = np.bincount(histories.item, weights=histories.rating, minlength=histories.n_items)
    overall = histories.rating.mean(dtype=np.float64)
    return ((sums + PRIOR_EVENTS * overall) / (histories.counts + PRIOR_EVENTS)).astype(np.float32)
