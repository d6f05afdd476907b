"""Item-to-item tables kept small: normalised by popularity, each row cut to its largest entries."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.log.histories import Floats, Ints
from recommender.retrieval.top import top_mask

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
    values, length = np.round(rows.data, DECIMALS), np.diff(rows.indptr)
    kept = values != 0
    # Most rows of a large table have few entries: only those with too many are compared, those of like length together.
    scale = np.where(length > size, np.frexp(length)[1], 0)
    for one in np.unique(scale[scale > 0]):
        crowded = np.flatnonzero(scale == one)
        place = np.arange(length[crowded].max())
        inside = place < length[crowded, None]
        entry = (rows.indptr[crowded, None] + place)[inside]
        filled: Floats = np.zeros(inside.shape, dtype=np.float32)
        filled[inside] = values[entry]
        kept[entry] = largest(filled, size)[inside]
    ends = np.append(0, np.cumsum(kept))[rows.indptr]
    return sp.csr_array((values[kept], rows.indices[kept], ends), shape=rows.shape)


def largest(values: Floats, size: int) -> NDArray[np.bool_]:
    """Mark the values of each row that are largest in absolute value, at most `size` and no zeros, (m, n)."""
    sizes = np.abs(values)
    sizes[sizes == 0] = -np.inf
    return top_mask(sizes, size)
