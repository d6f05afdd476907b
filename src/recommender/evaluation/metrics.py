"""Accuracy of ranked lists, one value per user.

Every function takes `hits`, boolean (users, width): whether the item at rank 1, 2, ... was held out. A user without
recommendations has a row of False, so it scores 0 and is counted. Gains are binary: every held-out item is relevant.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Hits = NDArray[np.bool_]
Values = NDArray[np.float64]

ACCURACY = {"hit": "Hit", "recall": "Recall", "ndcg": "NDCG", "mrr": "MRR"}
BEYOND = {"coverage": "Coverage", "novelty": "Novelty", "diversity": "Diversity", "popularity": "Popularity"}
"""Every metric and its title: more is better, and the others."""


def headline_k(ks: Iterable[int]) -> int:
    """Return the K to show where only one is shown: 10 if it was measured, else the largest."""
    measured = set(ks)
    return 10 if 10 in measured else max(measured, default=10)


def hit(hits: Hits, k: int) -> Values:
    """Return whether at least one of the first k items is relevant (hit rate, HR@k).

    Formula: `1 if any(hits[:k]) else 0`.

    Args:
        hits: (users, width).
        k: length of the list looked at, 1 or more.

    Returns:
        (users,), 0 or 1.
    """
    found: Values = np.asarray(hits[:, :k].any(axis=1), dtype=np.float64)
    return found


def recall(hits: Hits, relevant: NDArray[np.int64], k: int) -> Values:
    """Share of the relevant items among the first k, in the plain variant: hits / relevant.

    Formula: `sum(hits[:k]) / relevant`. With more than k relevant items it cannot reach 1; the calibrated variant,
    which divides by `min(relevant, k)`, is another metric. With one relevant item per user it equals `hit`.

    Args:
        hits: (users, width).
        relevant: (users,), held-out items per user, 1 or more.
        k: length of the list looked at, 1 or more.

    Returns:
        (users,) in [0, 1].
    """
    found: Values = hits[:, :k].sum(axis=1) / relevant
    return found


def mrr(hits: Hits, k: int) -> Values:
    """Reciprocal rank of the first relevant item within the first k (Voorhees, 1999).

    Formula: `1 / rank of the first hit`, 0 without a hit within k.

    Args:
        hits: (users, width).
        k: length of the list looked at, 1 or more.

    Returns:
        (users,) in [0, 1].
    """
    shown = hits[:, :k]
    return np.where(shown.any(axis=1), 1 / (shown.argmax(axis=1) + 1.0), 0.0)
