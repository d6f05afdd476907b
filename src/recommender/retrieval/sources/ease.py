"""EASE: each item regressed on all others of the same user."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp
from scipy.linalg.lapack import spotri

from recommender.log.histories import Histories
from recommender.retrieval.item_to_item import ItemToItem
from recommender.retrieval.regression import factor_of, popular_items, spread
from recommender.retrieval.settings import Sequence
from recommender.retrieval.source import Training
from recommender.threads import one_blas_thread

DECAY = 0.9


@dataclass(frozen=True)
class Ease(ItemToItem):
    """Scores an item by a regression on the latest events."""

    name = "ease"
    words = ("goes with your latest items, most of all with {event}", "does not go with your latest items")

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Regress each item on all others of the same user, without regard to order."""
        return cls(fit_ease(training.histories, training.sequence), DECAY)


def fit_ease(histories: Histories, settings: Sequence) -> sp.csr_array:
    """Regress each item on all others of the same user (EASE; Steck, 2019).

    Args:
        histories: the events.
        settings: penalty and sizes; see params.yaml.

    Returns:
        float32 (n_items, n_items), zero on the diagonal.

    Raises:
        ParameterError: the penalty is too small, or too large for float32.
    """
    items = popular_items(histories, settings.ridge_items)
    met = histories.matrix()[:, items]
    met.data = np.ones_like(met.data)
    with one_blas_thread():
        inverse, _ = spotri(factor_of((met.T @ met).toarray(), settings.ridge_penalty), lower=True, overwrite_c=True)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = (-inverse / np.diag(inverse)).astype(np.float32)
    np.fill_diagonal(weights, 0)
    return spread(weights, items, histories.n_items, settings.neighbours)
