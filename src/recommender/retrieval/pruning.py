"""Item-to-item tables kept small: normalised by popularity, each row cut to its largest entries."""

import numpy as np
import scipy.sparse as sp

from recommender.log.histories import Floats, Ints
from recommender.retrieval.top import top_mask

DECIMALS = 6
SHRINK = 5.0
"""Added to the count of both items, so that two rare items that met once are not each other's best match."""


def normalise(counts: Floats, start: int, popularity: Ints, row_power: float, column_power: float) -> Floats:
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
    rows = events[start : start + len(counts)] ** np.float32(-row_power)
    return counts * rows[:, None] * events ** np.float32(-column_power)


def keep_largest(rows: Floats, size: int) -> sp.csr_array:
    """Keep the entries of each row that are largest in absolute value, rounded; zeros are never kept.

    Args:
        rows: dense (m, n).
        size: entries per row; of equal ones those with lower columns.

    Returns:
        float32 (m, n).
    """
    rounded = np.round(np.ascontiguousarray(rows), DECIMALS)
    kept = rounded != 0
    # Most rows of a large table have few entries: only those with too many are sorted.
    crowded = np.count_nonzero(kept, axis=1) > size
    sizes = np.abs(rounded[crowded])
    sizes[sizes == 0] = -np.inf
    kept[crowded] = top_mask(sizes, size)
    ends, places = np.cumsum(np.count_nonzero(kept, axis=1)), np.flatnonzero(kept)
    contents = (rounded.ravel()[places], places % max(rows.shape[1], 1), np.append(0, ends))
    return sp.csr_array(contents, shape=rows.shape)
