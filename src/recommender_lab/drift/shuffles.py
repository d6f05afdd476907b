"""Whether two windows' lists differ by more than chance: the lists are shuffled between the windows."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recommender.seeds import generator
from recommender_lab.drift.measures import rarefied

Values = NDArray[np.float64]
AT_ONCE = 1 << 22
"""Cells of the arrays that are in memory at once."""


def table(lists: Sequence[Mapping[Any, int]]) -> csr_array:
    """Count what each list holds, float64 (lists, names)."""
    places = {name: place for place, name in enumerate(dict.fromkeys(name for found in lists for name in found))}
    columns = [places[name] for found in lists for name in found]
    counts = [float(count) for found in lists for count in found.values()]
    ends = np.cumsum([0, *map(len, lists)])
    return csr_array((counts, columns, ends), shape=(len(lists), max(len(places), 1)))


def source_mix(mentions: csr_array, n: int, level: float) -> bool:
    """Return whether the sources' shares of all mentions differ more than in any shuffle, by total variation.

    Args:
        mentions: of each source by each list, the first n lists of the earlier window, (lists, sources).
        n: lists of the earlier window.
        level: how often chance alone may do so, above 0 and below 1.
    """

    def distance(before: Values, after: Values) -> Values:
        """Return twice the total variation."""
        first, second = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) for counts in (before, after))
        return np.asarray(np.abs(first - second).sum(axis=1))

    return _beyond_chance(mentions, n, level, distance)


def different_items(held: csr_array, n: int, level: float) -> bool:
    """Return whether the ratio of different items in equally many lists is further from 1 than in any shuffle.

    Args:
        held: 1 for each item of each list, the first n lists of the earlier window, (lists, items).
        n: lists of the earlier window.
        level: how often chance alone may do so, above 0 and below 1.
    """
    sizes = n, held.shape[0] - n
    # What an item in 0, 1, 2, ... lists of a window adds: the chance to be in one of the lists that are chosen.
    adds = [np.array([rarefied(np.array([c]), size, min(sizes)) for c in range(size + 1)]) for size in sizes]

    def distance(before: Values, after: Values) -> Values:
        """Return the size of the logarithm of the ratio."""
        first, second = (
            add[counts.astype(np.int64)].sum(axis=1) for add, counts in zip(adds, (before, after), strict=True)
        )
        return np.asarray(np.abs(np.log(np.maximum(second, 1) / np.maximum(first, 1))))

    return _beyond_chance(held, n, level, distance)


def _beyond_chance(lists: csr_array, n: int, level: float, distance: Callable[[Values, Values], Values]) -> bool:
    """Compare the distance of the first n lists from the others with that of n lists drawn by chance.

    Of 1 + s ways to part lists that are all alike, the given one is the farthest with a chance of 1 / (1 + s).
    """
    total = np.asarray(lists.sum(axis=0))[None]
    first = np.zeros((1, lists.shape[0]))
    first[0, :n] = 1

    def of(chosen: Values) -> Values:
        """Return the distance of the chosen lists from the others, row by row."""
        before = np.asarray(chosen @ lists)
        return distance(before, total - before)

    # A shuffle that parts the lists as they are is as far as they are, whatever its sums round to.
    found = of(first)[0] - 1e-9
    return all((of(chosen) < found).all() for chosen in _shuffled(first, math.ceil(1 / level), max(lists.shape)))


def _shuffled(first: Values, number: int, width: int) -> Iterator[Values]:
    """Yield rows with the ones of the first in other places, some at once: often the first ones suffice."""
    random = generator(0, "drift", "shuffles")
    size = max(1, min(AT_ONCE // width, 100))
    for start in range(0, number, size):
        yield random.permuted(np.repeat(first, min(size, number - start), axis=0), axis=1)
