"""Scores candidates in steps: few trees drop those without a chance, some more most others, all judge the rest."""

import numpy as np
from numpy.typing import NDArray

from recommender.histories import Floats, Ints
from recommender.ranking.ranker import Ranker
from recommender.retrieval.base import rank_in_row

SIZES = (60, 26)
"""Candidates of a request that the first steps let through, at least; the rest of the trees judges the last of them."""


def cascade(ranker: Ranker, request: Ints, features: Floats, k: int) -> tuple[Ints, NDArray[np.float64]]:
    """Find the best candidates of each request, most of them judged by a part of the trees only.

    A cascade (Viola and Jones, 2001; for ranking Wang, Lin and Metzler, 2011): each step costs more per candidate and
    sees fewer of them.

    Args:
        ranker: the trees.
        request: row of the request of each candidate, ascending, (n,).
        features: float32 (n, n_features).
        k: how many of each request are needed.

    Returns:
        Rows of the candidates that reached the last step, at least k of each request or all that it has, int64 (m,)
        ascending, and their scores by the whole ranker, float64 (m,).
    """
    rows, scores = np.arange(len(request)), ranker.score(0, features)
    for step, size in enumerate(SIZES, 1):
        kept = _leaders(request[rows], scores, max(k, size))
        rows, features = rows[kept], features[kept]
        scores = scores[kept] + ranker.score(step, features)
    return rows, scores


def _leaders(request: Ints, scores: NDArray[np.float64], size: int) -> Ints:
    return np.flatnonzero(rank_in_row(request, scores) < size)
