"""Features of the candidate and the latest events: what follows what, in the tables of the sources."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.features.context import Context
from recommender.log.histories import Floats
from recommender.log.views import RECENT, fading
from recommender.retrieval.knowledge import Knowledge
from recommender.retrieval.lookups import Lookup
from recommender.retrieval.sources.similarity import Similarity
from recommender.retrieval.sources.transitions import Gaps, Neighbours, Transitions

Weights = Callable[[Context], NDArray[Any]]
"""Returns the weights of the latest events of each request, (n_requests, RECENT), or (1, RECENT) if all are alike."""


def _decayed(decay: float, window: int = RECENT) -> Weights:
    weights = fading(decay, window)[None]
    return lambda _: weights


def _mean_of(size: int) -> Weights:
    return lambda context: (
        (np.arange(RECENT) < size) / np.minimum(np.maximum(context.view.requests.position, 1), size)[:, None]
    )


def _block(number: int) -> Weights:
    return lambda context: context.block_numbers == number


LAST, SLOW, RECENTLY, BLOCK, EARLIER = _decayed(1.0, 1), _decayed(0.9), _decayed(0.8), _block(0), _block(1)


def _gap(number: int) -> Callable[[Knowledge], sp.csr_array]:
    return lambda known: known[Gaps].tables[number]


TABLES: Mapping[str, tuple[Weights, Callable[[Knowledge], sp.csr_array]]] = {
    "transitions_last": (LAST, lambda known: known[Transitions].table),
    "transitions_slow": (SLOW, lambda known: known[Transitions].table),
    "neighbours_last": (LAST, lambda known: known[Neighbours].table),
    "similarity_mean_5": (_mean_of(5), lambda known: known[Similarity].table),
    "similarity_mean_20": (_mean_of(20), lambda known: known[Similarity].table),
    "same_second_block": (BLOCK, _gap(0)),
    "next_page_block": (BLOCK, _gap(1)),
    "same_second_recent": (RECENTLY, _gap(0)),
    "next_page_earlier": (EARLIER, _gap(1)),
}
"""Features that are looked up in a table: the weights of the events and the table."""
EMBEDDED: Mapping[str, Weights] = {"order_last": LAST, "order_recent": RECENTLY}
"""Features that are dot products of the embedding of order: the weights of the events."""


def sequence_features(context: Context) -> dict[str, Floats]:
    """Look the candidate up in the rows of the latest events.

    A block is what the user did within two seconds of one another: mostly one page of a site.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) each: `transitions_last` and `transitions_slow` (last event; decay 0.9), `neighbours_last`,
        `similarity_mean_5` and `_20` (last events), `order_last` and `order_recent` (embedding; last event; decay 0.8),
        `same_second_block` and `next_page_block` (the current block through the tables of pairs of one second and of
        one minute), `same_second_recent` (decay 0.8), `next_page_earlier` (the block before).
    """
    known = context.knowledge
    lookups = [Lookup(table(known), weights(context)) for weights, table in TABLES.values()]
    sums = known.stack.sums_of(context.view, lookups, context.candidates.request, context.candidates.item)
    return dict(zip(TABLES, sums, strict=True)) | _order_matches(context)


def _order_matches(context: Context) -> dict[str, Floats]:
    """Compare the candidate's embedding with weighted sums of the history's."""
    embedding, candidates = context.knowledge.items.embedding, context.candidates
    weights = np.stack([weights(context) for weights in EMBEDDED.values()])
    sums = (context.view.weigh_recent(weights) @ embedding).reshape(len(weights), -1, embedding.shape[1])
    own = embedding[candidates.item]
    matches = [np.einsum("ij,ij->i", total[candidates.request], own) for total in sums]
    return dict(zip(EMBEDDED, matches, strict=True))
