"""Metrics beyond accuracy: novelty, popularity, diversity and coverage of the recommendations.

Every function takes `lists`, int32 (users, width): item codes by rank, -1 after the end of a list. A value that is not
defined, such as the novelty of an empty list, is NaN.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.lists import NOTHING

Lists = NDArray[np.int32]
Values = NDArray[np.float64]


def novelty(lists: Lists, share: Values, k: int) -> Values:
    """Mean self-information of the first k items (Zhou et al., 2010; Vargas and Castells, 2011).

    Formula: `mean(-log2(share[item]))` in bits: an item that half of the users have counts 1, one that a quarter have
    counts 2.

    Args:
        lists: (users, width).
        share: (items,), share of the users who have each item, above 0 to 1.
        k: length of the list looked at, 1 or more.

    Returns:
        (users,), 0 or more; NaN for an empty list.
    """
    return _mean(lists[:, :k], -np.log2(share))


def popularity(lists: Lists, share: Values, k: int) -> Values:
    """Mean share of users who have each of the first k items (Abdollahpouri et al., 2019).

    Formula: `mean(share[item])`.

    Args:
        lists: (users, width).
        share: (items,), share of the users who have each item, above 0 to 1.
        k: length of the list looked at, 1 or more.

    Returns:
        (users,) in (0, 1]; NaN for an empty list.
    """
    return _mean(lists[:, :k], share)


def diversity(lists: Lists, genres: NDArray[np.uint64], ks: Sequence[int]) -> Values:
    """Intra-list diversity (Ziegler et al., 2005) with the Jaccard similarity of genres.

    Formula: `1 - mean(|A & B| / |A | B|)` over the pairs of the first k items that both have genres.

    Args:
        lists: (users, width), width at least the largest k.
        genres: uint64 (items, words), one bit per genre.
        ks: lengths of the lists looked at.

    Returns:
        (users, len(ks)) in [0, 1]; NaN with fewer than two items that have genres.
    """
    similar = np.zeros(lists.shape)
    pairs = np.zeros(lists.shape)
    words = np.where((lists != NOTHING)[:, :, None], genres[lists], np.uint64(0))
    for place in range(1, lists.shape[1]):
        similar[:, place], pairs[:, place] = _against_earlier(words, place)
    ends = np.asarray(ks) - 1
    return 1 - _divide(similar.cumsum(axis=1)[:, ends], pairs.cumsum(axis=1)[:, ends])


def coverage(lists: Lists, n_items: int, k: int) -> float:
    """Share of the catalogue that is within the first k of at least one list (Herlocker et al., 2004).

    Formula: `|items in any list[:k]| / n_items`.

    Args:
        lists: (users, width).
        n_items: size of the catalogue, 1 or more.
        k: length of the lists looked at, 1 or more.

    Returns:
        A share in [0, 1].
    """
    return int((times_shown(lists, n_items, k) > 0).sum()) / n_items


def times_shown(lists: Lists, n_items: int, k: int) -> NDArray[np.int64]:
    """Count the lists that have each item within the first k.

    Args:
        lists: (users, width).
        n_items: size of the catalogue.
        k: length of the lists looked at, 1 or more.

    Returns:
        int64 (n_items,).
    """
    shown = lists[:, :k]
    return np.bincount(shown[shown != NOTHING], minlength=n_items)


def _against_earlier(words: NDArray[np.uint64], place: int) -> tuple[Values, Values]:
    """Sum the Jaccard similarity of the item at one place with those before it, and count the pairs with genres."""
    here, earlier = words[:, place, None], words[:, :place]
    common = np.bitwise_count(here & earlier).sum(axis=2)
    either = np.bitwise_count(here | earlier).sum(axis=2)
    both = here.any(axis=2) & earlier.any(axis=2)
    # A pair in which one item has no genres adds 0 to the sum and is not counted.
    return (common / np.maximum(either, 1)).sum(axis=1), both.sum(axis=1).astype(np.float64)


def _mean(lists: Lists, values: Values) -> Values:
    shown = lists != NOTHING
    return _divide(np.where(shown, values[lists], 0.0).sum(axis=1), shown.sum(axis=1).astype(np.float64))


def _divide(total: Values, number: Values) -> Values:
    quotient: Values = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
    return quotient
