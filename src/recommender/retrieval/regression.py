"""Ridge regression among items: one weight per (item in the history, candidate), fitted for all items together.

B = (X'X + penalty I)^-1 X'Y. Items that only come along with others get no weight.
"""

import numpy as np
import scipy.sparse as sp
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from recommender.errors import ParameterError
from recommender.log.histories import Floats, Histories, Ints
from recommender.retrieval.pruning import keep_largest
from recommender.threads import one_blas_thread


def popular_items(histories: Histories, most: int) -> Ints:
    """Return the codes of the items with the most events, ascending; items without events are left out."""
    popular = np.sort(np.argsort(-histories.counts, kind="stable")[:most])
    return popular[histories.counts[popular] > 0]


def solve(contexts: sp.csr_array, targets: sp.csr_array, penalty: float) -> Floats:
    """Solve the ridge regression by Cholesky, one thread so that the bits repeat.

    Args:
        contexts: X, (n, p).
        targets: Y, (n, q).
        penalty: added to the diagonal of X'X.

    Returns:
        float32 (p, q).

    Raises:
        ParameterError: the penalty is too small, or too large for float32.
    """
    gram = gram_of(contexts, penalty)
    with one_blas_thread():
        factor = factor_of(gram, penalty)
        return cho_solve(factor, (contexts.T @ targets).toarray(), overwrite_b=True, check_finite=False)


def factor_of(gram: Floats, penalty: float) -> tuple[Floats, bool]:
    """Return the Cholesky factor of a matrix, which is overwritten.

    Args:
        gram: X'X with the penalty on its diagonal, float32 (p, p).
        penalty: for the message.

    Raises:
        ParameterError: see `solve`.
    """
    try:
        if np.isfinite(gram.diagonal()).all():
            factor, _ = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
            return factor, True
    except LinAlgError:
        pass
    raise ParameterError(f"sequence.ridge_penalty: {penalty:g} gives no solution for this log; try 1 to 1000")


def gram_of(rows: sp.csr_array, penalty: float) -> Floats:
    """Return X'X with a penalty added to its diagonal, float32 (p, p)."""
    gram = (rows.T @ rows).toarray()
    with np.errstate(over="ignore"):
        gram[np.diag_indices_from(gram)] += np.float32(penalty)
    return gram


def spread(weights: Floats, rows: Ints, columns: Ints, n_items: int, kept: int) -> sp.csr_array:
    """Prune weights among some items and put them in a table of all items.

    Args:
        weights: float32 (len(rows), len(columns)).
        rows: row in the table of each row of the weights; one or two blocks of n_items rows.
        columns: item code of each column of the weights.
        n_items: number of items.
        kept: entries per row.
    """
    table = keep_largest(weights, kept).tocoo()
    shape = (n_items * (len(rows) // len(columns)), n_items)
    return sp.csr_array((table.data, (rows[table.row], columns[table.col])), shape=shape)
