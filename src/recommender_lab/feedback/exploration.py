"""Slates that explore: some slots hold an item drawn from a pool, and the probability of what is shown is known.

Each slot explores with the same probability. The slots that do are filled, without repeats and in random order, from
the pool without the items that stay in their own slots. So an item of the pool may stand in any slot, and how probable
that is takes three values only: its own slot, another's slot, or an item that has no slot of its own.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import binom

from recommender.log.histories import Ints

Values = NDArray[np.float64]


def explore(slot_luck: Values, pool_luck: Values, exploration: float) -> Ints:
    """Draw slates.

    Args:
        slot_luck: uniform numbers that decide which slots explore, (n, k).
        pool_luck: uniform numbers that order the pool, (n, pool), pool at least k.
        exploration: probability that a slot explores.

    Returns:
        The place in the pool of each slot's item, int64 (n, k), none twice in a row; the pool's first k are the best.
    """
    k = slot_luck.shape[1]
    explored = slot_luck < exploration
    order = pool_luck.copy()
    order[:, :k][~explored] = np.inf
    drawn = np.argsort(order, axis=1, kind="stable")
    turn = np.maximum(np.cumsum(explored, axis=1) - 1, 0)
    return np.where(explored, np.take_along_axis(drawn, turn, axis=1), np.arange(k))


def propensities(k: int, pool: int, exploration: float) -> Values:
    """Return the probability that each item of the pool stands in each slot.

    With e slots exploring, each of them holds any of the `pool - k + e` free items alike. So an item without a slot of
    its own stands in a slot with `drawn = sum_e P(the slot and e - 1 others explore) / (pool - k + e)`; one in its own
    slot with `1 - x + drawn`; one in another's slot, where both must explore, with `sum_e P(both and e - 2 others
    explore) / (pool - k + e)`.

    Args:
        k: slots.
        pool: items, at least k.
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
    """Return the mean of `1 / (free + how many of the other slots explore)`."""
    more = np.arange(others + 1)
    chance = binom(others, more) * exploration**more * (1 - exploration) ** (others - more)
    return float((chance / (free + more)).sum())


def pools(lists: Ints, k: int, pool: int, slates: int, counts: Ints | None = None) -> Ints:
    """Cut ranked lists into the pools of consecutive slates.

    The first `slates * k` items fill the slates in order; the next ones are spread over the slates to explore.

    Args:
        lists: item codes by rank, -1 after the end, (n, list_length(k, pool, slates)).
        k: slots.
        pool: items per slate.
        slates: per visit.
        counts: events per item; given, the further items are those of the list with the fewest events.

    Returns:
        int64 (n, slates, pool), the k best first; a slate whose pool is not full is all -1.
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
    """Return how long the lists for `pools` must be: twice as many further items if the least known are chosen."""
    return slates * (k + (pool - k) * (2 if uncertain else 1))
