"""Ridge regression of the next event on the recent history, split into the current block and what came before.

One weight per (item in the history, item asked about), learnt for all items together, so that items which only come
along with others get none: B = (X'X + penalty I)^-1 X'Y, with a row of X for the history before each event and the
event itself as the row of Y. EASE (Steck, 2019) is its counterpart for histories without order.
"""

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_factor, cho_solve
from threadpoolctl import threadpool_limits

from recommender.histories import Histories
from recommender.retrieval.pairs import block_contexts, target_matrix
from recommender.retrieval.transitions import keep_largest

DECIMALS = 6


def fit_ridge(
    histories: Histories, window: int, decay: float, penalty: float, most_items: int, kept: int, request_time: bool
) -> sp.csr_array:
    """Fit the weights among the most popular items.

    Args:
        histories: the events to learn from.
        window: events looked back.
        decay: weight of each event relative to the next later one.
        penalty: of the ridge, above 0.
        most_items: only this many items, the most popular ones, get weights: the system has twice that size.
        kept: weights kept per row, the largest.
        request_time: see `pairs.block_contexts`.

    Returns:
        float32 (2 n_items, n_items): rows for an item in the block, then for an item before it; rounded.
    """
    n = histories.n_items
    popular = np.sort(np.argsort(-histories.counts, kind="stable")[:most_items])
    popular = popular[histories.counts[popular] > 0]
    columns = np.concatenate((popular, popular + n))
    contexts = block_contexts(histories, window, decay, request_time, np.ones(n, dtype=np.float32))[:, columns]
    targets = target_matrix(histories)[:, popular]
    weights = _solve(contexts, targets, penalty)
    table = keep_largest(sp.csr_array(np.round(weights, DECIMALS)), kept).tocoo()
    places = (columns[table.row], popular[table.col])
    return sp.csr_array((table.data, places), shape=(2 * n, n))


def _solve(
    contexts: sp.csr_array, targets: sp.csr_array, penalty: float
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Solve the normal equations by Cholesky, one thread so that the bits repeat."""
    gram = (contexts.T @ contexts).toarray()
    gram[np.diag_indices_from(gram)] += np.float32(penalty)
    with threadpool_limits(1, user_api="blas"):
        factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
        return cho_solve(factor, (contexts.T @ targets).toarray(), check_finite=False)
