"""The best items of each row of scores, chosen the same way on every machine."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

CHUNK_CELLS = 500_000
"""Most request x item cells that one chunk of work holds per source: 2 MB of float32, which stay in the cache."""

GROUPS = 4
"""Groups of items, for each item wanted, whose highest scores are compared before the items."""


def chunk_size(n_items: int) -> int:
    """Return how many requests to work on at once, at least 1, so that memory stays bounded."""
    return max(1, CHUNK_CELLS // max(1, n_items))


def top_mask(scores: NDArray[Any], size: int) -> NDArray[np.bool_]:
    """Mark the best items of each row; of equal scores the ones with lower codes.

    Only values decide, never the order in which a partition visits them, so every machine marks the same items.

    Args:
        scores: (n, m); -inf marks items that may not be chosen.
        size: items per row, at least 1.

    Returns:
        Boolean (n, m) with at most `size` marks per row.
    """
    return top_masks(scores[None], [size])[0]


def top_masks(scores: NDArray[Any], sizes: Sequence[int]) -> NDArray[np.bool_]:
    """Mark the best items of each row of several tables, of each table as many as its size says; see `top_mask`.

    Args:
        scores: (n_tables, n, m); -inf marks items that may not be chosen.
        sizes: items per row, at least 1, (n_tables,).

    Returns:
        Boolean (n_tables, n, m).
    """
    size = np.minimum(sizes, scores.shape[2])
    floor = _floors(scores, size)
    marks: NDArray[np.bool_] = np.greater(scores, floor, order="C")
    room = size[:, None] - np.count_nonzero(marks, axis=2)
    above = np.flatnonzero(marks & (room < 0)[:, :, None])
    row = above // scores.shape[2]
    weak = rank_in_row(row, scores.ravel()[above]) >= size[row // scores.shape[1]]
    marks.ravel()[above[weak]] = False
    short = (room > 0) & (floor[:, :, 0] > -np.inf)
    equal, free = scores[short] == floor[short], room[short]
    crowded = np.count_nonzero(equal, axis=1) > free
    equal[crowded] &= np.cumsum(equal[crowded], axis=1) <= free[crowded][:, None]
    marks[short] |= equal
    return marks


def _floors(scores: NDArray[Any], size: NDArray[np.int64]) -> NDArray[Any]:
    """Return a score that at least `size` items of each row reach and few exceed, (n_tables, n, 1).

    It is among the highest scores of groups of items: so many groups reach it, and to sort the groups is fast.
    """
    n_tables, n, m = scores.shape
    groups = min(m, GROUPS * int(size.max(initial=1)))
    whole = m // groups * groups
    highest = scores[:, :, :whole].reshape(n_tables, n, m // groups, groups).max(axis=2)
    best = np.concatenate((highest, scores[:, :, whole:]), axis=2)
    # On the negated scores: partitioning rows with many equal zeros at their low end is several times slower.
    ordered = np.partition(-best, np.unique(size) - 1, axis=2)
    floors: NDArray[Any] = -ordered[np.arange(len(size)), :, size - 1][:, :, None]
    return floors


def rank_in_row(rows: NDArray[np.int64], scores: NDArray[Any]) -> NDArray[np.int64]:
    """Rank each entry among the entries of its row: 0 for the highest score, entries in order where equal.

    Args:
        rows: row of each entry, ascending, (n,); its largest entry bounds the memory, as rows are laid side by side.
        scores: score of each entry, no NaN, (n,), or several scores of each, (m, n).

    Returns:
        int64 of the same shape as the scores.
    """
    counts = np.bincount(rows)
    place = np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]
    # Many short sorts side by side are three times faster than one long sort by row and score.
    width = counts.max(initial=1)
    table = np.full((*scores.shape[:-1], len(counts), width), np.inf, dtype=np.float64)
    table[..., rows, place] = -scores
    order = np.argsort(table, axis=-1, kind="stable").reshape(-1, width)
    ranks = np.empty_like(order)
    ranks[np.arange(len(order))[:, None], order] = np.arange(width)
    return ranks.reshape(table.shape)[..., rows, place]
