"""Linear models of item against item, in numpy: EASE, EASE on a recent history, and plain transitions."""

import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.peers.contract import Model, Settings, Task, Values, best


def ease(data: Task, settings: Settings) -> Model:
    """Predict each item from all others by ridge regression (Steck, 2019), from everything that the user met."""
    return _linear(item_weights(data.matrix("float64"), settings["ridge"]), data.matrix("float64"))


def ease_recent(data: Task, settings: Settings) -> Model:
    """Learn as EASE does; the answer weights the history by recency: half as much every `half_life` events."""
    recent = weighted(data, 0.5 ** (data.age() / settings["half_life"]))
    return _linear(item_weights(data.matrix("float64"), settings["ridge"]), recent)


def transitions(data: Task, settings: Settings) -> Model:
    """Count what follows what within `window` events, fading by `decay` per event; so does the history's weight.

    Counts are divided by the root of how often both items occur, so that neither long nor popular ones drown the rest.
    """
    window, decay = settings["window"], settings["decay"]
    counts = sum(decay ** (gap - 1) * _followers(data, gap) for gap in range(1, window + 1))
    if settings["symmetric"]:
        counts = counts + counts.T
    scale = sparse.diags(1 / np.sqrt(np.bincount(data.item, minlength=len(data.items))))
    age = data.age()
    recent = weighted(data, np.where(age < window, decay**age, 0.0))
    return _linear((scale @ counts @ scale).toarray(), recent)


def item_weights(met: sparse.csr_matrix, ridge: float) -> Values:
    """Return the closed form of EASE: `B = I - P / diag(P)` with `P = (X'X + ridge I)^-1`, float64 (items, items)."""
    gram = (met.T @ met).toarray()
    gram[np.diag_indices_from(gram)] += ridge
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


def weighted(data: Task, weights: Values) -> sparse.csr_matrix:
    """Return users x items with a weight per event."""
    shape = (len(data.users), len(data.items))
    return sparse.csr_matrix((weights, (data.user, data.item)), shape=shape)


def _followers(data: Task, gap: int) -> sparse.csr_matrix:
    same = data.user[gap:] == data.user[:-gap]
    pairs = (data.item[:-gap][same], data.item[gap:][same])
    return sparse.csr_matrix((np.ones(int(same.sum())), pairs), shape=(len(data.items), len(data.items)))


def _linear(weights: Values, history: sparse.csr_matrix) -> Model:
    def scores(codes: Values) -> Values:
        """Return the scores of all items for some users."""
        return history[codes] @ weights

    def recommend(asked: Task, k: int) -> pd.DataFrame:
        """Return `user_id, rank, item_id, score`."""
        return best(asked, scores, k)

    return Model(recommend, {})
