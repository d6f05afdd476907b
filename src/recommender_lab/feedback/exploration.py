"""Slates that explore: some slots show an item drawn from a pool, with known probabilities.

Each slot explores with the same probability. The slots that explore are filled without repeats and in random order from
the pool, except for the items that stay in their own slots. The probability that a slot shows an item takes only three
values: for the item's own slot, for the slot of another item, and for an item without a slot of its own.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import binom

from recommender.log.histories import Ints

Values = NDArray[np.float64]


def draw_slates(slot_uniform: Values, pool_uniform: Values, exploration: float) -> Ints:
    """Draw slates.

    Args:
        slot_uniform: uniform random numbers that decide which slots explore, (n, k).
        pool_uniform: uniform random numbers that order the pool, (n, pool), pool at least k.
        exploration: probability that a slot explores.

    Returns:
        Position in the pool of each slot's item, int64 (n, k), none twice in a row. The pool's first k are the best.
    """
    k = slot_uniform.shape[1]
    explored = slot_uniform < exploration
    order = pool_uniform.copy()
    order[:, :k][~explored] = np.inf
    drawn = np.argsort(order, axis=1, kind="stable")
    turn = np.maximum(np.cumsum(explored, axis=1) - 1, 0)
    return np.where(explored, np.take_along_axis(drawn, turn, axis=1), np.arange(k))


def propensities(k: int, pool: int, exploration: float) -> Values:
    """Return the probability that each slot shows each item of the pool.

    If e slots explore, each of them shows any of the `pool - k + e` free items with the same probability. So a slot
    shows an item without a slot of its own with `drawn = sum_e P(the slot and e - 1 others explore) / (pool - k + e)`;
    its own item with `1 - x + drawn`; the item of another slot, if both explore, with
    `sum_e P(both and e - 2 others explore) / (pool - k + e)`.

    Args:
        k: number of slots.
        pool: number of items, at least k.
        exploration: probability x that a slot explores.

    Returns:
        (k, pool); each row sums to 1.
    """
    drawn = _mean_inverse(k - 1, pool - k + 1, exploration) * exploration
    moved = _mean_inverse(k - 2, pool - k + 2, exploration) * exploration**2 if k > 1 else 0.0
    table = np.full((k, pool), drawn)
    table[:, :k] = moved
    np.fill_diagonal(table, 1 - exploration + drawn)
    return table


def _mean_inverse(others: int, free: int, exploration: float) -> float:
    """Return the mean of `1 / (free + number of other slots that explore)`."""
    more = np.arange(others + 1)
    chance = binom(others, more) * exploration**more * (1 - exploration) ** (others - more)
    return float((chance / (free + more)).sum())


def pools(lists: Ints, k: int, pool: int, slates: int, counts: Ints | None = None) -> Ints:
    """Cut ranked lists into the pools of consecutive slates.

    The first `slates * k` items fill the slates in order; the next ones are spread over the slates for exploration.

    Args:
        lists: item codes by rank, -1 after the end, (n, list_length(k, pool, slates)).
        k: slots per slate.
        pool: items per slate.
        slates: slates per visit.
        counts: events per item; if given, the items for exploration are those with the fewest events.

    Returns:
        int64 (n, slates, pool), the k best first; a slate with fewer items than `pool` is all -1.
    """
    n, further = len(lists), slates * (pool - k)
    rest = lists[:, slates * k :]
    if counts is not None:
        known = np.where(rest >= 0, counts[rest], np.iinfo(np.int64).max)
        rest = np.take_along_axis(rest, np.argsort(known, axis=1, kind="stable"), axis=1)
    own = lists[:, : slates * k].reshape(n, slates, k)
    found = np.concatenate((own, rest[:, :further].reshape(n, slates, pool - k)), axis=2)
    return np.where((found >= 0).all(axis=2, keepdims=True), found, -1)


def list_length(k: int, pool: int, slates: int, uncertain: bool) -> int:
    """Return the length of lists that `pools` needs; `uncertain` doubles the number of items to choose from."""
    return slates * (k + (pool - k) * (2 if uncertain else 1))
