"""Item embeddings of order: TruncatedSVD of how much more often than by chance two items are close together."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.log.histories import Floats
from recommender.threads import one_blas_thread

N_COMPONENTS = 64
DECIMALS = 6


def order_embedding(pairs: sp.csr_array, margins: NDArray[np.float64], seed: int) -> Floats:
    """Factorise the positive pointwise mutual information of close pairs (Levy and Goldberg, 2014).

    Args:
        pairs: how often each item is close to each other one, (n_items, n_items).
        margins: each item's pairs in all, (n_items,).
        seed: of the random projection.

    Returns:
        float32 (n_items, d), rows of length 1 (or 0 for an item without pairs); dot products are cosines.
    """
    from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415 - takes most of a second, only fitting needs it

    pmi = positive_pmi(pairs, margins)
    size = min(N_COMPONENTS, pmi.shape[0] - 1)
    if pmi.nnz == 0 or size < 1:
        return np.zeros((pmi.shape[0], 1), dtype=np.float32)
    svd = TruncatedSVD(size, algorithm="randomized", n_iter=4, random_state=seed)
    with one_blas_thread():
        left = svd.fit_transform(sp.csr_matrix(pmi)) / np.sqrt(np.maximum(svd.singular_values_, 1e-12))
    return unit_rows(left)


def positive_pmi(pairs: sp.csr_array, margins: NDArray[np.float64]) -> sp.csr_array:
    """Return max(0, log(p(i, j) / (p(i) p(j)))), sparse float64."""
    table = sp.coo_array(pairs)
    pmi = np.log(table.data * margins.sum() / (margins[table.row] * margins[table.col]))
    positive = sp.csr_array((np.maximum(pmi, 0), (table.row, table.col)), shape=table.shape)
    positive.eliminate_zeros()
    return positive


def unit_rows(rows: NDArray[np.float64]) -> Floats:
    """Scale each row to length 1, rounded; rows of zeros stay."""
    norms = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.round(rows / np.maximum(norms, 1e-12), DECIMALS).astype(np.float32) + np.float32(0)
