"""The best items of each row of scores, chosen the same way on every machine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

CHUNK_CELLS = 1_000_000
"""Most request x item cells that one chunk of work holds per source: 4 MB of float32."""


def chunk_size(n_items: int) -> int:
    """Return how many requests to work on at once, at least 1, so that memory stays bounded."""
    return max(1, CHUNK_CELLS // max(1, n_items))


def top_items(scores: Scores, blocked: NDArray[np.bool_], size: int) -> NDArray[np.int64]:
    """Return the best items of each row; of equal scores the ones with lower codes.

    Args:
        scores: (n, m); -inf marks items that may not be chosen.
        blocked: other items that may not be chosen, (n, m).
        size: items per row.

    Returns:
        int64 item codes (n, size), ascending, -1 behind them where there are fewer.
    """
    from recommender.retrieval import loops  # noqa: PLC0415 - see there

    none = scores.shape[1]
    found = np.full((len(scores), size), none, dtype=np.int64)
    loops.best_of_rows(found, scores, blocked)
    found.sort(axis=1)
    found[found == none] = -1
    return found


def in_rows(row: NDArray[np.int64], item: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Lay items out in rows, in the order in which they come, with -1 behind them.

    Args:
        row: of each item, ascending, (n,).
        item: (n,).
        shape: number of rows, and of places in a row.
    """
    counts = np.bincount(row, minlength=shape[0])
    found = np.full(shape, -1, dtype=np.int64)
    found[row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)] = item
    return found


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
