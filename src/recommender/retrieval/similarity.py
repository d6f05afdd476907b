"""Items that the same users met, in whatever order."""

import numpy as np
import scipy.sparse as sp

from recommender.log.histories import Histories
from recommender.retrieval.pairs import item_blocks
from recommender.retrieval.pruning import keep_largest, normalise


def item_cosine(histories: Histories, kept: int) -> sp.csr_array:
    """Return how much the sets of users of two items overlap: a shrunk cosine (Sarwar et al., 2001).

    Args:
        histories: the events to learn from.
        kept: entries per row.

    Returns:
        float32 (n_items, n_items), zero on the diagonal.
    """
    met = histories.matrix()
    met.data = np.ones_like(met.data)
    by_item, rows = met.T.tocsr(), []
    for start, stop in item_blocks(histories.n_items):
        together = (by_item[start:stop] @ met).toarray()
        together[np.arange(stop - start), np.arange(start, stop)] = 0
        rows.append(keep_largest(normalise(together, start, histories.counts, 0.5, 0.5), kept))
    return sp.csr_array(sp.vstack(rows, format="csr"))
