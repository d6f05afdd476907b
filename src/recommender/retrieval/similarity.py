"""Items that the same users met, in whatever order."""

import numpy as np
import scipy.sparse as sp

from recommender.histories import Histories
from recommender.retrieval.transitions import normalise


def item_cosine(histories: Histories) -> sp.csr_array:
    """Return how much the sets of users of two items overlap: a shrunk cosine (Sarwar et al., 2001).

    Args:
        histories: the events to learn from.

    Returns:
        float32 (n_items, n_items), zero on the diagonal.
    """
    met = histories.matrix()
    met.data = np.ones_like(met.data)
    together = sp.coo_array(met.T @ met)
    others = together.row != together.col
    pairs = (together.data[others], (together.row[others], together.col[others]))
    return normalise(sp.csr_array(pairs, shape=together.shape), histories.counts, 0.5, 0.5)
