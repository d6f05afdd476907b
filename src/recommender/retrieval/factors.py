"""TruncatedSVD of the user x item matrix.

For R = U S V', the user factors U S equal R V. So the factors of any history are its row times V, which folds in users
and events that the factorisation never saw.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recommender.engine.local import ONE_THREAD, Engine
from recommender.errors import DataError, ParameterError
from recommender.log.histories import Floats, Histories
from recommender.log.views import View
from recommender.retrieval.blocks import blocks_of_users, truncated_svd
from recommender.retrieval.nearest import Graph

Values = Literal["rating", "binary", "log_count"]
Index = Literal["exact", "hnsw"]
DECIMALS = 6
_CELLS: dict[Values, Callable[[Floats], Floats]] = {"rating": np.asarray, "binary": np.ones_like, "log_count": np.log1p}


@dataclass(frozen=True)
class ItemFactors:
    """The item side of a factorisation.

    Attributes:
        factors: float32 (n_items, n_components); an item without events has zeros.
        values: what a cell of the factorised matrix held.
        explained_variance: share of the variance of the matrix that each component explains, (n_components,).
        index: how the highest dot products are found.
    """

    factors: Floats
    values: Values
    explained_variance: NDArray[np.float64]
    index: Index = "exact"

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is derived: a graph is of one process."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def graph(self) -> Graph | None:
        """What finds most of the highest dot products; None where all are computed."""
        return Graph.build(self.factors) if self.index == "hnsw" else None

    @cached_property
    def unit(self) -> Floats:
        """The factors scaled to length 1, zeros stay zeros, float32 (n_items, n_components)."""
        norms = np.sqrt((self.factors**2).sum(axis=1, keepdims=True))
        divisors: Floats = np.maximum(norms, np.float32(1e-12))
        return self.factors / divisors

    @cached_property
    def wide(self) -> NDArray[np.float64]:
        """The factors in double precision."""
        return self.factors.astype(np.float64)

    def fold_in(self, view: View, decay: float) -> Floats:
        """Return the user factors of the history of each request, (n, n_components).

        Args:
            view: the requests.
            decay: weight of each event relative to the next one; 1 weighs all events alike and is the SVD itself.
        """
        folded: Floats = view.weighted(self.weights(view, decay)) @ self.factors
        return folded

    def weights(self, view: View, decay: float) -> Floats:
        """Return the weight of each known event of a view, in the order of `view.events`; see `fold_in`."""
        cells = _CELLS[self.values](view.histories.rating[view.events])
        return cells if decay == 1 else cells * np.float32(decay) ** view.age.astype(np.float32)

    def arrays(self, items: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the factorisation as named arrays, with the ids of its items; without the index if it is exact."""
        return {
            "item_ids": items,
            "factors": self.factors,
            "values": np.array([self.values]),
            "explained_variance": self.explained_variance,
        } | ({} if self.index == "exact" else {"index": np.array([self.index])})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], items: NDArray[Any], source: str) -> "ItemFactors":
        """Return the factorisation that `arrays` came from.

        Args:
            arrays: what `arrays` returned.
            items: ids of the items by code.
            source: the file of the arrays, for the message.

        Raises:
            DataError: it was fitted on other items.
        """
        require_items(arrays, items, source)
        values, index = (str(arrays[name][0]) if name in arrays else "exact" for name in ("values", "index"))
        return cls(arrays["factors"], values, arrays["explained_variance"], index)  # type: ignore[arg-type]


def require_items(arrays: Mapping[str, NDArray[Any]], items: NDArray[Any], source: str) -> None:
    """Refuse arrays that were fitted on other items.

    Args:
        arrays: with the ids of their items as `item_ids`.
        items: ids of the items by code.
        source: the file of the arrays, for the message.

    Raises:
        DataError: the ids differ.
    """
    if not np.array_equal(arrays.get("item_ids", []), items):
        raise DataError(f"{source}: fitted on other items than data/split has; run `dvc repro`")


def fit_factors(
    histories: Histories, n_components: int, values: Values, n_iter: int, seed: int, engine: Engine = ONE_THREAD
) -> ItemFactors:
    """Factorise the user x item matrix; see `blocks.truncated_svd`.

    Args:
        histories: the events.
        n_components: size of the factors.
        values: what a cell holds.
        n_iter: power iterations.
        seed: of the random projection.
        engine: where blocks of users are worked on.

    Returns:
        The item factors, rounded so that the last bits of another machine's arithmetic do not show.

    Raises:
        ParameterError: `n_components` does not fit the matrix, or `values` the ratings.
        DataError: there are too few users or items.
    """
    _require_cells(values, histories.rating)
    _require_fit(n_components, *(int(np.count_nonzero(side)) for side in (histories.lengths, histories.counts)))
    cells = _CELLS[values](histories.rating)
    found = truncated_svd(blocks_of_users(histories, cells), n_components, n_iter, seed, engine)
    factors = np.round(found.factors, DECIMALS).astype(np.float32)
    return ItemFactors(factors + np.float32(0), values, np.round(found.explained_variance, DECIMALS))


def _require_cells(values: Values, ratings: Floats) -> None:
    if values == "log_count" and ratings.min(initial=0) <= -1:
        raise ParameterError(
            f"train_svd.values: log_count needs ratings above -1, found {ratings.min():g}; choose rating or binary"
        )


def _require_fit(n_components: int, n_users: int, n_items: int) -> None:
    if min(n_users, n_items) < 2:
        raise DataError(
            f"train_svd: only {n_users} users and {n_items} items have events to be fitted to, at least 2 of "
            "each are needed; use a longer log, or fewer build_ranking.past_requests"
        )
    if n_components >= min(n_users, n_items):
        raise ParameterError(
            f"train_svd.n_components: {n_components} is too large for {n_users} users x {n_items} items with events; "
            f"it must be less than {min(n_users, n_items)}"
        )
