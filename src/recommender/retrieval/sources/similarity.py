"""Items that the same users chose, in any order."""

from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import scipy.sparse as sp

from recommender.engine.local import ONE_THREAD, Engine
from recommender.log.histories import Histories, Ints
from recommender.retrieval.item_to_item import ItemToItem
from recommender.retrieval.pairs import item_blocks
from recommender.retrieval.pruning import keep_largest, normalise
from recommender.retrieval.source import Training

DECAY = 0.9
PAIR_SIZES = 8
"""How many times less memory a pair takes here than in `pairs`, where its time counts."""


@dataclass(frozen=True)
class Similarity(ItemToItem):
    """Scores an item by how many users it shares with the latest events."""

    name = "similarity"
    words = ("chosen by many who chose {event}", "chosen by few who chose your latest items")
    in_blocks = True

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Compare the users of every two items."""
        return cls(item_cosine(training.histories, training.sequence.neighbours, training.engine), DECAY)


def item_cosine(histories: Histories, kept: int, engine: Engine = ONE_THREAD) -> sp.csr_array:
    """Return how much the sets of users of two items overlap: a shrunk cosine (Sarwar et al., 2001).

    Args:
        histories: the events.
        kept: entries per row.
        engine: where blocks of items are worked on.

    Returns:
        float32 (n_items, n_items), zero on the diagonal.
    """
    met = histories.matrix()
    met.data = np.ones_like(met.data)
    by_item = met.T.tocsr()
    work = (by_item @ histories.lengths).astype(np.int64) // PAIR_SIZES
    block = partial(_block, by_item, met, histories.counts, kept)
    rows = [*engine.map(block, item_blocks(work))]
    return sp.csr_array(sp.vstack(rows, format="csr"))


def _block(
    by_item: sp.csr_array, met: sp.csr_array, popularity: Ints, kept: int, block: tuple[int, int]
) -> sp.csr_array:
    start, stop = block
    together = by_item[start:stop] @ met
    together.sort_indices()
    together.data[together.indices == np.repeat(np.arange(start, stop), np.diff(together.indptr))] = 0
    return keep_largest(normalise(together, start, popularity, 0.5, 0.5), kept)
