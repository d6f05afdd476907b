"""Dot products of factors: the whole history, or mostly its latest events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Floats, Ints
from recommender.log.views import View
from recommender.retrieval.factors import DECIMALS, ItemFactors
from recommender.retrieval.source import Parts, Source, Training
from recommender.retrieval.storage import Arrays
from recommender.retrieval.top import Scores, in_rows, rank_in_row, top_items
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

    def __post_init__(self) -> None:
        """Build the graph before threads need it: each would build its own."""
        _ = self.factors.graph

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
            products = view.once(self.folded).astype(np.float64) @ self.factors.wide.T
        return np.round(products, DECIMALS).astype(np.float32)

    def propose(self, view: View, blocked: NDArray[np.bool_], size: int) -> Ints:
        """Return the best items, or most of them if there is a graph; its order is that of the exact scores."""
        if self.factors.graph is None:
            return super().propose(view, blocked, size)
        request, item = self.factors.graph.find(view.once(self.folded), blocked, size)
        best = rank_in_row(request, self.score_of(view, request, item)) < size
        found = in_rows(request[best], item[best], (len(blocked), size))
        few = np.flatnonzero((found < 0).any(axis=1))
        if len(few):
            found[few] = top_items(self.score(View(view.histories, view.requests[few])), blocked[few], size)
        return found

    def score_of(self, view: View, request: Ints, item: Ints) -> Floats:
        """Return the dot products of some items: of all of them if there is no graph, as `propose` needs all."""
        if self.factors.graph is None:
            return super().score_of(view, request, item)
        users = view.once(self.folded).astype(np.float64)
        each = zip(users, np.split(item, np.searchsorted(request, np.arange(len(users))))[1:], strict=True)
        products = [self.factors.factors[own].astype(np.float64) @ user for user, own in each]
        return np.round(np.concatenate([np.empty(0), *products]), DECIMALS).astype(np.float32)

    def folded(self, view: View) -> Floats:
        """Return the factors of each history, float32 (n_requests, n_components)."""
        return self.factors.fold_in(view, self.decay)

    def parts(self, view: View, item: Ints) -> Parts:
        """Return each event's weight times the dot product of its factors with the item's."""
        factors, event = self.factors.wide, view.histories.item[view.events][::-1].astype(np.int64)
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
