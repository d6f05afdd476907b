"""The best items of each row of scores, chosen the same way on every machine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.retrieval.compiled import compiled

Scores = NDArray[np.float32]

CHUNK_CELLS = 1_000_000
"""Most request x item cells that one chunk of work holds per source: 4 MB of float32."""


def chunk_size(n_items: int) -> int:
    """Return how many requests to work on at once, at least 1, so that memory stays bounded."""
    return max(1, CHUNK_CELLS // max(1, n_items))


def top_items(scores: NDArray[Any], blocked: NDArray[np.bool_], size: int) -> NDArray[np.int64]:
    """Return the best items of each row; of equal scores the ones with lower codes.

    Args:
        scores: (n, m); -inf marks items that may not be chosen.
        blocked: other items that may not be chosen, (n, m).
        size: items per row.

    Returns:
        int64 item codes (n, size), ascending, -1 behind them where there are fewer.
    """
    found = np.full((len(scores), size), -1, dtype=np.int64)
    _top(found, scores, np.broadcast_to(blocked, scores.shape))
    return found


def top_mask(scores: NDArray[Any], size: int) -> NDArray[np.bool_]:
    """Mark the best items of each row, many of them at once; see `top_items`.

    Args:
        scores: (n, m); -inf marks items that may not be chosen.
        size: items per row, at least 1.

    Returns:
        Boolean (n, m) with at most `size` marks per row.
    """
    if size >= scores.shape[1]:
        return scores > -np.inf
    # On the negated scores: partitioning rows with many equal ones at their low end is several times slower.
    floor = -np.partition(-scores, size - 1, axis=1)[:, size - 1 : size]
    marks = scores > floor
    equal = (scores == floor) & (floor > -np.inf)
    room = size - np.count_nonzero(marks, axis=1)
    crowded = np.count_nonzero(equal, axis=1) > room
    equal[crowded] &= np.cumsum(equal[crowded], axis=1) <= room[crowded][:, None]
    marks |= equal
    return marks


@compiled
def _worse(one: int, other: int, scores: NDArray[Any]) -> bool:
    return scores[one] < scores[other] or (scores[one] == scores[other] and one > other)


@compiled
def _rise(found: NDArray[np.int64], at: int, item: int, scores: NDArray[Any]) -> None:
    """Add an item to the heap, at the end or above what is better."""
    while at > 0 and _worse(item, found[(at - 1) // 2], scores):
        found[at] = found[(at - 1) // 2]
        at = (at - 1) // 2
    found[at] = item


@compiled
def _sink(found: NDArray[np.int64], item: int, scores: NDArray[Any]) -> None:
    """Replace the worst item of the heap, below what is worse than the new one."""
    at, below = 0, 1
    while below < len(found):
        if below + 1 < len(found) and _worse(found[below + 1], found[below], scores):
            below += 1
        if not _worse(found[below], item, scores):
            break
        found[at] = found[below]
        at, below = below, 2 * below + 1
    found[at] = item


@compiled
def best_of(found: NDArray[np.int64], scores: NDArray[Any], blocked: NDArray[np.bool_]) -> None:
    """Fill in the best items of one row, ascending.

    They are kept in a heap whose first item is the worst: the lowest score and, among equal ones, the highest code.

    Args:
        found: -1 everywhere, (size,).
        scores: (m,); -inf marks items that may not be chosen.
        blocked: other items that may not be chosen, (m,).
    """
    size, kept = len(found), 0
    for item in range(len(scores)):
        if blocked[item] or scores[item] == -np.inf:
            continue
        if kept < size:
            _rise(found, kept, item, scores)
            kept += 1
        elif size > 0 and scores[item] > scores[found[0]]:
            _sink(found, item, scores)
    found[:kept] = np.sort(found[:kept])


@compiled
def _top(found: NDArray[np.int64], scores: NDArray[Any], blocked: NDArray[np.bool_]) -> None:
    for row in range(len(scores)):
        best_of(found[row], scores[row], blocked[row])


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
