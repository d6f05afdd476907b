"""Everything that is learnt from one set of events: the sources of candidates and the statistics of the items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Floats, Histories, Ints
from recommender.retrieval.base import Retriever
from recommender.retrieval.context_knn import fit_context_knn
from recommender.retrieval.popularity import fit_popularity, fit_recent_popularity
from recommender.retrieval.sequence import GapTransitions, ItemToItem, RidgeSource
from recommender.retrieval.settings import Candidates, Sequence
from recommender.retrieval.svd import ItemFactors, SvdRetriever
from recommender.retrieval.tables import SequenceTables
from recommender.retrieval.timeline import Timeline, fit_timeline

RECENT_DECAY = 0.95
SIMILARITY_DECAY = 0.9
RECENT_DAYS = 14
"""How far back events count as recent popularity."""
PRIOR_EVENTS = 5.0
"""An item's mean rating is pulled towards the mean of all events as if it had this many average events more."""


@dataclass(frozen=True)
class Knowledge:
    """What was learnt from some events; it must not have seen what it is asked about.

    Attributes:
        counts: events per item, int64 (n_items,).
        mean_rating: smoothed mean rating per item, float32 (n_items,).
        timeline: when each item had its events.
        factors: the factorisation.
        sequence: the item-to-item tables.
        sources: the sources of candidates, by name, in the order of `Candidates`.
        sizes: items per request of each source.
    """

    counts: Ints
    mean_rating: Floats
    timeline: Timeline
    factors: ItemFactors
    sequence: SequenceTables
    sources: dict[str, Retriever]
    sizes: dict[str, int]

    @property
    def catalogue(self) -> NDArray[np.bool_]:
        """Items that have events, boolean (n_items,)."""
        return self.counts > 0


def learn(
    histories: Histories, factors: ItemFactors, tables: SequenceTables, settings: Sequence, candidates: Candidates
) -> Knowledge:
    """Bring together what was fitted on the same events, and fit what is quickly fitted.

    Args:
        histories: the events to learn from.
        factors: the factorisation of the same events.
        tables: the item-to-item tables of the same events.
        settings: see params.yaml.
        candidates: the sources and their sizes; a source of size 0 is left out.
    """
    sizes = {name: size for name, size in candidates.model_dump().items() if size > 0}
    if not settings.request_time:
        sizes.pop("gaps", None)
    sources = _sources(histories, factors, tables, settings, sizes)
    return Knowledge(
        counts=histories.counts,
        mean_rating=mean_ratings(histories),
        timeline=fit_timeline(histories),
        factors=factors,
        sequence=tables,
        sources={name: sources[name] for name in sizes},
        sizes=sizes,
    )


def _sources(
    histories: Histories, factors: ItemFactors, fitted: SequenceTables, settings: Sequence, sizes: dict[str, int]
) -> dict[str, Retriever]:
    tables, window, decay = fitted.tables, settings.window, settings.decay
    gaps = [tables[name] for name in sorted(tables) if name.startswith("gap_")]
    sources: dict[str, Retriever] = {
        "svd": SvdRetriever(factors, decay=1.0),
        "svd_recent": SvdRetriever(factors, decay=RECENT_DECAY),
        "transitions": ItemToItem(tables["transitions"], decay),
        "neighbours": ItemToItem(tables["neighbours"], decay),
        "similarity": ItemToItem(tables["similarity"], SIMILARITY_DECAY),
        "gaps": GapTransitions(gaps, decay, window),
        "ease": ItemToItem(tables["ease"], SIMILARITY_DECAY),
        "ridge": RidgeSource(tables["ridge"], decay, window),
        "block_ridge": RidgeSource(tables["block_ridge"], decay, window),
        "popularity": fit_popularity(histories),
        "recent_popularity": fit_recent_popularity(histories, RECENT_DAYS),
    }
    if "contexts" in sizes:
        sources["contexts"] = fit_context_knn(histories, settings.context_events, settings.request_time)
    return sources


def mean_ratings(histories: Histories) -> Floats:
    """Return each item's mean rating, pulled towards the mean of all events; float32 (n_items,)."""
    sums = np.bincount(histories.item, weights=histories.rating, minlength=histories.n_items)
    overall = histories.rating.mean(dtype=np.float64)
    return ((sums + PRIOR_EVENTS * overall) / (histories.counts + PRIOR_EVENTS)).astype(np.float32)
