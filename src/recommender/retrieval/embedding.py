"""Item embeddings of order: TruncatedSVD of how much more often than by chance two items stand close together."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from threadpoolctl import threadpool_limits

from recommender.histories import Floats

N_COMPONENTS = 64
DECIMALS = 6


def order_embedding(counts: sp.csr_array, seed: int) -> Floats:
    """Factorise the positive pointwise mutual information of close pairs (Levy and Goldberg, 2014).

    Args:
        counts: how often each item comes after each other one, (n_items, n_items).
        seed: of the random projection.

    Returns:
        float32 (n_items, d), rows of length 1 (or 0 for an item without pairs); dot products are cosines.
    """
    pmi = positive_pmi(sp.csr_array(counts + counts.T))
    size = min(N_COMPONENTS, pmi.shape[0] - 1)
    svd = TruncatedSVD(size, algorithm="randomized", n_iter=4, random_state=seed)
    with threadpool_limits(1, user_api="blas"):
        left = svd.fit_transform(sp.csr_matrix(pmi)) / np.sqrt(np.maximum(svd.singular_values_, 1e-12))
    return unit_rows(left)


def positive_pmi(counts: sp.csr_array) -> sp.csr_array:
    """Return max(0, log(p(i, j) / (p(i) p(j)))) of symmetric counts, sparse."""
    table = sp.coo_array(counts)
    total, margin = table.data.sum(dtype=np.float64), counts.sum(axis=1, dtype=np.float64)
    pmi = np.log(table.data * total / (margin[table.row] * margin[table.col]))
    return sp.csr_array((np.maximum(pmi, 0), (table.row, table.col)), shape=table.shape)


def unit_rows(rows: NDArray[np.float64]) -> Floats:
    """Scale each row to length 1, rounded; rows of zeros stay."""
    norms = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.round(rows / np.maximum(norms, 1e-12), DECIMALS).astype(np.float32) + np.float32(0)
