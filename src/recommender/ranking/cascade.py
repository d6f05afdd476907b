"""Scores candidates in steps: few trees drop the weakest, more trees drop most others, all trees score the rest."""

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Floats, Ints
from recommender.ranking.ranker import STEPS, Ranker
from recommender.retrieval.top import rank_in_row

GAP = 1e-3
"""Between the scores of the candidates that a step keeps and of those that it drops."""


def cascade(ranker: Ranker, request: Ints, features: Floats, k: int) -> tuple[Ints, NDArray[np.float64]]:
    """Find the best candidates of each request, most of them scored by a part of the trees only.

    A cascade (Viola and Jones, 2001; for ranking Wang, Lin and Metzler, 2011): each step costs more per candidate and
    sees fewer of them. What a step drops comes after what it keeps, so a short list is the start of a long one.

    Args:
        ranker: the trees.
        request: row of the request of each candidate, ascending, (n,).
        features: float32 (n, n_features).
        k: how many of each request are needed.

    Returns:
        Rows of the candidates that reached the last step, or of all if k is larger, int64 (m,) ascending, and
        their scores, float64 (m,): by the whole ranker for those that reached the last step, by the trees that they met
        for the others, and for these moved below the scores of all that came further.
    """
    rows, scores, dropped = np.arange(len(request)), ranker.score(0, features), []
    for step, (_, size) in enumerate(STEPS, 1):
        through = rank_in_row(request[rows], scores[rows]) < size
        dropped.append(rows[~through])
        rows = rows[through]
        scores[rows] += ranker.score(step, features[rows])
    if k <= STEPS[-1][1]:
        return rows, scores[rows]
    for fallen in reversed(dropped):
        scores[fallen] += _below(request, scores, rows, fallen)
        rows = np.concatenate((rows, fallen))
    return np.arange(len(request)), scores


def _below(request: Ints, scores: NDArray[np.float64], upper: Ints, lower: Ints) -> NDArray[np.float64]:
    """Return what puts the best of the lower rows of each request just below the worst of its upper rows."""
    worst, best = np.full((2, request.max(initial=-1) + 1), [[np.inf], [-np.inf]])
    np.minimum.at(worst, request[upper], scores[upper])
    np.maximum.at(best, request[lower], scores[lower])
    moved: NDArray[np.float64] = (worst - GAP)[request[lower]] - best[request[lower]]
    return moved
