"""Ridge regressions among items: of the next event on the latest ones, and of each item on a whole history (EASE).

One weight per (item in the history, item asked about), learnt for all items together, so that items which only come
along with others get none: B = (X'X + penalty I)^-1 X'Y.
"""

import numpy as np
import scipy.sparse as sp
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from recommender.errors import ParameterError
from recommender.log.histories import Floats, Histories, Ints
from recommender.retrieval.contexts import event_contexts, latest_events, what_came_and_followed
from recommender.retrieval.pruning import keep_largest
from recommender.retrieval.settings import Sequence
from recommender.threads import one_blas_thread

FOLLOWED, FOLLOWED_DECAY = 5, 0.8
"""How many events of the same moment count as what came next, and how much less each does."""


def fit_ridge(histories: Histories, settings: Sequence, blocks: bool) -> sp.csr_array:
    """Regress what came next on the latest events, a row of X for what came before each event.

    Args:
        histories: the events to learn from.
        settings: window, decay, penalty and sizes; see params.yaml.
        blocks: whether items of the current block and items before it have weights of their own.

    Returns:
        float32 (2 n_items, n_items): rows for an item in the block, then for an item before it.
    """
    n, items = histories.n_items, popular_items(histories, settings.ridge_items)
    events = latest_events(histories, settings.context_events)
    ones = np.ones(n, dtype=np.float32)
    found = event_contexts(histories, events, settings.window, settings.decay, settings.request_time, ones)
    contexts = [found[:, items], found[:, items + n]] if blocks else [found[:, items] + found[:, items + n]]
    targets = what_came_and_followed(histories, events, FOLLOWED, FOLLOWED_DECAY)[:, items]
    weights = solve(sp.csr_array(sp.hstack(contexts, format="csr")), targets, settings.ridge_penalty)
    rows = np.concatenate((items, items + n))
    return _spread(weights if blocks else np.concatenate((weights, weights)), rows, items, n, settings.neighbours)


def fit_ease(histories: Histories, settings: Sequence) -> sp.csr_array:
    """Regress each item on all others of the same user (EASE; Steck, 2019), blind to order.

    Args:
        histories: the events to learn from.
        settings: penalty and sizes; see params.yaml.

    Returns:
        float32 (n_items, n_items), zero on the diagonal.

    Raises:
        ParameterError: see `solve`.
    """
    items = popular_items(histories, settings.ridge_items)
    met = histories.matrix()[:, items]
    met.data = np.ones_like(met.data)
    gram = _gram(met, settings.ridge_penalty)
    with one_blas_thread():
        factor = _factor(gram, settings.ridge_penalty)
        inverse = cho_solve(factor, np.eye(len(items), dtype=np.float32), check_finite=False)
    weights = (-inverse / np.diag(inverse)).astype(np.float32)
    np.fill_diagonal(weights, 0)
    return _spread(weights, items, items, histories.n_items, settings.neighbours)


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
    gram = _gram(contexts, penalty)
    with one_blas_thread():
        factor = _factor(gram, penalty)
        return cho_solve(factor, (contexts.T @ targets).toarray(), overwrite_b=True, check_finite=False)


def _factor(gram: Floats, penalty: float) -> tuple[Floats, bool]:
    try:
        if np.isfinite(gram.diagonal()).all():
            return cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:
        pass
    raise ParameterError(f"sequence.ridge_penalty: {penalty:g} gives no solution for this log; try 1 to 1000")


def _gram(rows: sp.csr_array, penalty: float) -> Floats:
    gram = (rows.T @ rows).toarray()
    with np.errstate(over="ignore"):
        gram[np.diag_indices_from(gram)] += np.float32(penalty)
    return gram


def _spread(weights: Floats, rows: Ints, columns: Ints, n_items: int, kept: int) -> sp.csr_array:
    """Prune weights among some items and put them in a table of all items; one or two blocks of rows."""
    table = keep_largest(weights, kept).tocoo()
    shape = (n_items * (len(rows) // len(columns)), n_items)
    return sp.csr_array((table.data, (rows[table.row], columns[table.col])), shape=shape)
