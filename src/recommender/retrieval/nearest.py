"""A graph of vectors, by faiss, in which most of the highest dot products are found without computing all of them."""

import logging
import platform
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ParameterError
from recommender.log.histories import Floats, Ints

LINKS = 32
"""Of each vector, to others near it; twice as many in the layer of all vectors."""
LOOKED_AT = 80
"""Vectors that are looked at to place a new one: more find more, and take longer to build."""
MARGIN = 100
"""Vectors that a search looks at beyond those that it is asked for: more find more, and take longer."""
MOST = 0.1
"""A search for more than this share of the vectors would take longer than all dot products."""


def load_faiss() -> Any:
    """Import faiss, which is optional.

    Raises:
        ParameterError: it is not installed.
    """
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # it tells of each file that it tries
    try:
        import faiss  # noqa: PLC0415 - optional
    except ModuleNotFoundError as error:
        raise ParameterError(
            "train_svd.index: hnsw needs the package faiss-cpu, which is missing; install it with `make nearest`, or "
            "use train_svd.index: exact"
        ) from error
    if platform.machine() in {"x86_64", "AMD64"}:
        # The same instructions on every x86 machine: others add in another order, and the graph may be another one.
        faiss.SIMDConfig.set_level(faiss.SIMDLevel_AVX2)
    return faiss


@dataclass(frozen=True)
class Graph:
    """A hierarchical navigable small world graph of the items that have factors. Faiss is deterministic in one thread.

    Attributes:
        item: int64 code of each vector.
        without: int64 codes of the items that are not in the graph, as their factors are zeros.
        index: of faiss.
    """

    item: Ints
    without: Ints
    index: Any

    @classmethod
    def build(cls, factors: Floats) -> Self:
        """Build the graph of the rows of (n_items, n_components) that are not zeros, in one thread.

        Raises:
            ParameterError: faiss is not installed.
        """
        faiss, known = load_faiss(), factors.any(axis=1)
        index = faiss.IndexHNSWFlat(factors.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = LOOKED_AT
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)
        try:
            index.add(factors[known])
        finally:
            faiss.omp_set_num_threads(threads)
        return cls(np.flatnonzero(known), np.flatnonzero(~known), index)

    def find(self, queries: Floats, blocked: NDArray[np.bool_], size: int) -> tuple[Ints, Ints]:
        """Find items with high dot products, most of them the highest ones.

        Args:
            queries: float32 (n, n_components).
            blocked: items that may not be found, boolean (n, n_items).
            size: items per query; a query has more, or fewer if the graph has no more or is of no use for it.

        Returns:
            The row of the query and the code of each item, ascending.
        """
        # As many more as are blocked: the items of a history are often the nearest ones.
        wanted = size + np.count_nonzero(blocked, axis=1) - np.count_nonzero(blocked[:, self.without], axis=1)
        useful = np.flatnonzero((wanted <= MOST * len(self.item)) & queries.any(axis=1))
        found = [self._nearest(queries[row : row + 1], int(wanted[row])) for row in useful]
        free = [np.sort(near[~blocked[row, near]]) for row, near in zip(useful, found, strict=True)]
        none = np.empty(0, dtype=np.int64)
        return np.repeat(useful, [len(near) for near in free]), np.concatenate([none, *free])

    def _nearest(self, query: Floats, size: int) -> Ints:
        """Return item codes. A query is searched alone, in one thread: so it finds the same among any others."""
        search = load_faiss().SearchParametersHNSW(efSearch=size + MARGIN)
        places = self.index.search(query, size, params=search)[1][0]
        return self.item[places[places >= 0]]
