"""What follows what: items that come close to one another in the users' histories.

Of two events of one user with `gap - 1` others between them, the later item follows the earlier one with weight
`decay ** (gap - 1)`.
"""

import numpy as np
import scipy.sparse as sp

from recommender.histories import Histories, Ints

SHRINK = 5.0
"""Added to the count of both items, so that two rare items that met once are not each other's best match."""


def count_transitions(histories: Histories, window: int, decay: float) -> sp.csr_array:
    """Count how often each item follows each other one.

    Args:
        histories: the events to learn from.
        window: an item follows another if it comes at most this many events later.
        decay: weight of each further event between the two.

    Returns:
        float32 (n_items, n_items); entry (i, j): how often, weighted, j came after i.
    """
    user, item = histories.user, histories.item
    counts = sp.csr_array((histories.n_items, histories.n_items), dtype=np.float32)
    for gap in range(1, window + 1):
        same = np.flatnonzero(user[:-gap] == user[gap:])
        weights = np.full(len(same), decay ** (gap - 1), dtype=np.float32)
        counts = counts + sp.coo_array((weights, (item[same], item[same + gap])), shape=counts.shape).tocsr()
    return sp.csr_array(counts)


def normalise(counts: sp.csr_array, popularity: Ints, source_power: float, target_power: float) -> sp.csr_array:
    """Divide each count by powers of the two items' numbers of events.

    Args:
        counts: (n_items, n_items).
        popularity: events per item, (n_items,).
        source_power: power of the earlier item's events.
        target_power: power of the later item's events; 0.5 and 0.5 make a cosine.

    Returns:
        float32 (n_items, n_items).
    """
    events = popularity.astype(np.float32) + np.float32(SHRINK)
    left, right = sp.diags_array(events**-source_power), sp.diags_array(events**-target_power)
    return sp.csr_array(left @ counts @ right).astype(np.float32)


def keep_largest(table: sp.csr_array, size: int) -> sp.csr_array:
    """Keep the largest entries of each row; of equal ones those with lower columns.

    Args:
        table: (n, m), non-negative.
        size: entries per row.

    Returns:
        (n, m) with at most `size` entries per row, columns sorted.
    """
    table = table.sorted_indices()
    row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    order = np.lexsort((table.indices, -table.data, row))
    kept = np.sort(order[np.arange(len(order)) - table.indptr[row] < size])
    return sp.csr_array((table.data[kept], (row[kept], table.indices[kept])), shape=table.shape)
