"""Ridge regression among items: one weight per (item in the history, candidate), fitted for all items together.

B = (X'X + penalty I)^-1 X'Y. Items that only come along with others get no weight.
"""

import numpy as np
import scipy.sparse as sp
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from recommender.errors import ParameterError
from recommender.log.histories import Floats, Histories, Ints
from recommender.retrieval.pruning import DECIMALS, largest
from recommender.threads import one_blas_thread


def popular_items(histories: Histories, most: int) -> Ints:
    """Return the codes of the items with the most events, ascending; items without events are left out."""
    popular = np.sort(np.argsort(-histories.counts, kind="stable")[:most])
    return popular[histories.counts[popular] > 0]


def solve(gram: Floats, cross: Floats, penalty: float) -> Floats:
    """Solve the ridge regression by Cholesky, one thread so that the bits repeat.

    Args:
        gram: X'X on and above the diagonal, (p, p).
        cross: X'Y, (p, q).
        penalty: added to the diagonal of X'X.

    Returns:
        float32 (p, q).

    Raises:
        ParameterError: the penalty is too small, or too large for float32.
    """
    with one_blas_thread():
        return cho_solve((factor_of(gram, penalty), True), cross, check_finite=False)


def factor_of(gram: Floats, penalty: float) -> Floats:
    """Return the lower Cholesky factor of X'X with a penalty added to its diagonal; above it, entries mean nothing.

    Args:
        gram: X'X on and above the diagonal, float32 (p, p); what is below is not read.
        penalty: the penalty.

    Raises:
        ParameterError: see `solve`.
    """
    penalised = gram.copy().T  # below the diagonal then, and in the order of Fortran
    with np.errstate(over="ignore"):
        penalised[np.diag_indices_from(gram)] += np.float32(penalty)
    try:
        if np.isfinite(penalised.diagonal()).all():
            factor, _ = cho_factor(penalised, lower=True, overwrite_a=True, check_finite=False)
            return factor
    except LinAlgError:
        pass
    raise ParameterError(f"sequence.ridge_penalty: {penalty:g} gives no solution for this log; try 1 to 1000")


def spread(weights: Floats, items: Ints, n_items: int, kept: int) -> sp.csr_array:
    """Prune weights among some items and put them in a table of all items.

    Args:
        weights: float32 (p, p).
        items: item code of each row and of each column, (p,).
        n_items: number of items.
        kept: entries per row.
    """
    rounded, ends = np.round(weights, DECIMALS).ravel(), np.arange(len(items) + 1) * len(items)
    entry = np.flatnonzero(largest(rounded, ends, kept))
    row, column = np.divmod(entry, len(items))
    return sp.csr_array((rounded[entry], (items[row], items[column])), shape=(n_items, n_items))
