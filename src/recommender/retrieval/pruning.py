"""Item-to-item tables kept small: normalised by popularity, each row cut to its largest entries."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.log.histories import Floats, Ints

DECIMALS = 6
SHRINK = 5.0
"""Added to the count of both items, so that two rare items that met once are not each other's best match."""


def normalise(
    counts: sp.csr_array, start: int, popularity: Ints, row_power: float, column_power: float
) -> sp.csr_array:
    """Divide each count by powers of the two items' numbers of events; powers of 0.5 make a cosine.

    Args:
        counts: (m, n_items), rows of the items `start` to `start + m - 1`.
        start: code of the first row's item.
        popularity: events per item, (n_items,).
        row_power: of the row's item.
        column_power: of the column's item.

    Returns:
        float32 (m, n_items).
    """
    events = popularity.astype(np.float32) + np.float32(SHRINK)
    rows = events[start : start + counts.shape[0]] ** np.float32(-row_power)
    columns = events ** np.float32(-column_power)
    values = counts.data * np.repeat(rows, np.diff(counts.indptr)) * columns[counts.indices]
    return sp.csr_array((values, counts.indices, counts.indptr), shape=counts.shape)


def keep_largest(rows: sp.csr_array, size: int) -> sp.csr_array:
    """Keep the entries of each row that are largest in absolute value, rounded; zeros are never kept.

    Args:
        rows: (m, n), columns ascending.
        size: entries per row; of equal ones those with lower columns.

    Returns:
        float32 (m, n).
    """
    values = np.round(rows.data, DECIMALS)
    kept = largest(values, rows.indptr, size)
    ends = np.append(0, np.cumsum(kept))[rows.indptr]
    return sp.csr_array((values[kept], rows.indices[kept], ends), shape=rows.shape)


def largest(values: Floats, ends: NDArray[Any], size: int) -> NDArray[np.bool_]:
    """Mark the values of each row that are largest in absolute value; of equal ones the first.

    Args:
        values: of all rows, one after the other, (n,).
        ends: where each row starts and the last one ends, (n_rows + 1,).
        size: marks per row at most; zeros are never marked.

    Returns:
        Boolean (n,).
    """
    from recommender.retrieval import loops  # noqa: PLC0415 - see there

    marks = np.zeros(len(values), dtype=np.bool_)
    loops.mark_best(marks, ends.astype(np.int64), np.abs(values), values == 0, size)
    return marks
