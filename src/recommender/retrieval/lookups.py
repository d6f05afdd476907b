"""Weighted sums of rows of item tables, all in one product: a sparse array for each would cost more than the sums."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.log.histories import Floats, Ints
from recommender.log.views import View


@dataclass(frozen=True)
class Lookup:
    """A weighted sum of rows of a table for each request, one row per latest event.

    Attributes:
        table: float32 (n_rows, n_items); the rows of the tables after it in a stack are counted on.
        weights: of the events, (n_requests, RECENT), or (RECENT,) if those of all requests are alike.
        rows: of the table, one per event, (n_requests, RECENT); None for the rows of the events' items.
    """

    table: sp.csr_array
    weights: NDArray[Any]
    rows: Ints | None = None


def narrow(table: sp.csr_array) -> sp.csr_array:
    """Return the same with indices of 32 bits if they are enough: scipy copies those of a table that has others."""
    if table.nnz < 1 << 31:
        table.indices, table.indptr = table.indices.astype(np.int32), table.indptr.astype(np.int32)
    return table


class Stack:
    """Tables under one another, so that one product looks up rows of them all."""

    def __init__(self, tables: Iterable[sp.csr_array]) -> None:
        """Stack the tables; several share the memory of the stack from then on.

        Args:
            tables: float32 (n_rows, n_items), at least one.
        """
        parts = list(tables)
        self._table = narrow(sp.csr_array(sp.vstack(parts, format="csr"))) if len(parts) > 1 else parts[0]
        self._first: dict[int, int] = {}
        row = 0
        for part in parts:
            end = row + part.shape[0]
            self._first.setdefault(id(part), row)
            entries = slice(*self._table.indptr[[row, end]])
            part.data, part.indices = self._table.data[entries], self._table.indices[entries]
            part.indptr, row = self._table.indptr[row : end + 1] - entries.start, end

    def sums(self, view: View, lookups: Sequence[Lookup]) -> Floats:
        """Add up rows, each sum from the latest event on.

        Args:
            view: n requests.
            lookups: m sums of rows of the tables.

        Returns:
            float32 (m, n, n_items).
        """
        item = view.recent.item
        rows = np.empty((len(lookups), *item.shape), dtype=np.int64)
        weights = np.empty(rows.shape, dtype=np.float32)
        for at, one in enumerate(lookups):
            rows[at] = item if one.rows is None else one.rows
            rows[at] += self._first[id(one.table)]
            weights[at] = one.weights
        found: Floats = (view.weigh_recent(weights, rows, self._table.shape[0]) @ self._table).toarray()
        return found.reshape(len(lookups), len(item), self._table.shape[1])
