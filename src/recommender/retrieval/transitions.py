"""Tables of what follows what: counts of pairs, by the time between the two, normalised by popularity."""

import numpy as np
import scipy.sparse as sp

from recommender.histories import Histories, Ints
from recommender.retrieval.pairs import count_pairs

SHRINK = 5.0
"""Added to the count of both items, so that two rare items that met once are not each other's best match."""

GAP_EDGES = (0, 60, 600, 86_400)
"""Seconds between two events: the same second, a page, a sitting, a day; beyond the last: later."""


def gap_bucket(seconds: Ints) -> Ints:
    """Sort whole seconds into the buckets that `GAP_EDGES` end, 0 to len(GAP_EDGES)."""
    return np.searchsorted(GAP_EDGES, seconds)


def gap_counts(histories: Histories, window: int, decay: float, symmetric: bool) -> list[sp.csr_array]:
    """Count what follows what, one table for each bucket of time between the two.

    People walk through a site page by page: what comes within a second, within a minute and on another day differs.

    Args:
        histories: the events to learn from.
        window: pairs at most this many events apart count.
        decay: weight of each further event between the two.
        symmetric: whether to count pairs of the same second both ways, as their order says nothing under hashed ties.

    Returns:
        len(GAP_EDGES) + 1 tables of counts, float32 (n_items, n_items).
    """
    tables = count_pairs(histories, window, decay, gap_bucket, len(GAP_EDGES) + 1)
    return [sp.csr_array(tables[0] + tables[0].T), *tables[1:]] if symmetric else tables


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
    """Keep the entries of each row that are largest in absolute value; of equal ones those with lower columns.

    Args:
        table: (n, m).
        size: entries per row.

    Returns:
        (n, m) with at most `size` entries per row, columns sorted.
    """
    table = table.sorted_indices()
    row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    order = np.lexsort((-np.abs(table.data), row))
    kept = np.sort(order[np.arange(len(order)) - table.indptr[row] < size])
    return sp.csr_array((table.data[kept], (row[kept], table.indices[kept])), shape=table.shape)
