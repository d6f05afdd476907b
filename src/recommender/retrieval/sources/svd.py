"""Dot products of factors: the whole history, or mostly its latest events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Ints
from recommender.log.views import View
from recommender.retrieval.factors import DECIMALS, ItemFactors
from recommender.retrieval.source import Parts, Source, Training
from recommender.retrieval.storage import Arrays
from recommender.retrieval.top import Scores
from recommender.threads import one_blas_thread


@dataclass(frozen=True)
class Svd(Source):
    """Scores an item by the dot product of its factors with those of the history.

    Attributes:
        factors: the factorisation.
        decay: see `ItemFactors.fold_in`.
    """

    name = "svd"
    words = (
        "similar to the items of your history, most of all to {event}",
        "unlike the items of your history",
    )
    from_factors = True
    own_decay: ClassVar[float] = 1.0

    factors: ItemFactors
    decay: float

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Use the factorisation of the events."""
        assert training.factors is not None, "the factors are fitted first"
        return cls(training.factors, cls.own_decay)

    def score(self, view: View) -> Scores:
        """Return the dot products, float32 (n_requests, n_items).

        BLAS adds in another order for one request than for many: the last bits are rounded away, or they would decide
        between items that are almost equal.
        """
        with one_blas_thread():
            products = self.factors.fold_in(view, self.decay).astype(np.float64) @ self.factors.wide.T
        return np.round(products, DECIMALS).astype(np.float32)

    def parts(self, view: View, item: Ints) -> Parts:
        """Return each event's weight times the dot product of its factors with the item's."""
        factors, event = self.factors.wide, view.histories.item[view.events][::-1]
        weight = self.factors.weights(view, self.decay)[::-1].astype(np.float64)
        return Parts(event, weight[:, None] * (factors[event] @ factors[item].T))

    def arrays(self) -> Arrays:
        """Return nothing: the factorisation is stored by the stage that fits it."""
        return {}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], factors: ItemFactors) -> Self:
        """Return the source of a stored factorisation."""
        return cls(factors, cls.own_decay)


@dataclass(frozen=True)
class SvdRecent(Svd):
    """The same, where later events weigh more."""

    name = "svd_recent"
    words = ("similar to your latest items, most of all to {event}", "unlike your latest items")
    own_decay = 0.95
