"""Item embeddings of order: TruncatedSVD of how much more often than by chance two items are close together."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.engine.local import ONE_THREAD
from recommender.log.histories import Floats
from recommender.retrieval.blocks import truncated_svd

N_COMPONENTS = 64
N_ITER = 4
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
    pmi = positive_pmi(pairs, margins)
    size = min(N_COMPONENTS, pmi.shape[0] - 1)
    if pmi.nnz == 0 or size < 1:
        return np.zeros((pmi.shape[0], 1), dtype=np.float32)
    # Right singular vectors of the transposed matrix: how each item's row is composed.
    found = truncated_svd([sp.csr_array(pmi.T)], size, N_ITER, seed, ONE_THREAD)
    return unit_rows(found.factors * np.sqrt(found.sizes))


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
