"""What may happen to a list after ranking: diversity by maximal marginal relevance, and a limit per genre."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Floats, Ints
from recommender.ranking.scored import Scored

POOL = 100
"""Best items of each request among which the list is chosen."""
DECIMALS = 6


@dataclass(frozen=True)
class Reranker:
    """Chooses a list from the best items of a request, one place after the other.

    Attributes:
        diversity: 0 takes the most relevant item for each place, 1 the one least like those before it.
        max_per_genre: most items of one genre in a list; None for no limit.
        excluded: items that may not be recommended, boolean (n_items,).
        genres: the genres of each item as bits, uint8 (n_items, n_bytes).
        factors: rows of length 1 (or 0), float32 (n_items, d); used where an item has no genres.
        twins: equal numbers for items that count as one, int64 (n_items,).
    """

    diversity: float
    max_per_genre: int | None
    excluded: NDArray[np.bool_]
    genres: NDArray[np.uint8]
    factors: Floats
    twins: Ints

    def unmet(self, ranked: Scored, seen: NDArray[np.bool_]) -> Scored:
        """Leave out the items that count as one with an item that the user has, boolean (n_requests, n_items)."""
        request, item = np.nonzero(seen)
        size = len(self.twins)
        met = np.isin(ranked.request * size + self.twins[ranked.item], request * size + self.twins[item])
        return ranked[np.flatnonzero(~met)]

    def choose(self, ranked: Scored, k: int) -> tuple[Scored, Ints]:
        """Choose at most k items of each request.

        Each place goes to the item with the highest `(1 - diversity) * relevance - diversity * similarity` (Carbonell
        and Goldstein, 1998): relevance is the score, moved and scaled to 0 to 1 within the request's items; similarity
        is the largest with any item chosen before. Of equal items the better ranked one is taken. An item with a genre
        of which the list already holds `max_per_genre` is passed over, even if the list then stays short.

        Args:
            ranked: the best items of each request, best first.
            k: most items per request.

        Returns:
            The chosen items in the order of their places, with the scores that they came with, and their ranks from 1.
        """
        table = _side_by_side(ranked.request)
        open_, item = table >= 0, ranked.item[np.maximum(table, 0)]
        relevance = _relevance(np.where(open_, ranked.score[np.maximum(table, 0)], np.nan))
        nearest = np.zeros(relevance.shape)
        used = np.zeros((len(table), 8 * self.genres.shape[1]), dtype=np.int64)
        chosen, every = np.full((len(table), min(k, table.shape[1])), -1), np.arange(len(table))
        for rank in range(chosen.shape[1]):
            value = (1 - self.diversity) * relevance - self.diversity * nearest
            column = np.where(open_, value, -np.inf).argmax(axis=1)
            found = open_[every, column]
            chosen[found, rank] = table[every, column][found]
            taken = item[every, column]
            open_ &= self.twins[item] != self.twins[taken][:, None]
            used += np.unpackbits(self.genres[taken], axis=1)
            open_ &= ~self._full(item, used)
            nearest = np.maximum(nearest, self._similarity(item, taken, open_))
        rows = chosen[chosen >= 0]
        return ranked[rows], np.nonzero(chosen >= 0)[1] + 1

    def _full(self, item: Ints, used: Ints) -> NDArray[np.bool_]:
        """Return which items have a genre that has reached the limit."""
        if self.max_per_genre is None:
            return np.zeros(item.shape, dtype=bool)
        full = np.packbits(used >= self.max_per_genre, axis=1)
        return np.asarray((self.genres[item] & full[:, None]).any(axis=2))

    def _similarity(self, item: Ints, taken: Ints, asked: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Compare items with the one taken last: Jaccard of genres, or the factors' cosine where one has no genres."""
        if self.diversity == 0:
            return np.zeros(item.shape)
        own, other = self.genres[item], self.genres[taken][:, None]
        either = np.bitwise_count(own | other).sum(axis=2)
        similarity = np.bitwise_count(own & other).sum(axis=2) / np.maximum(either, 1)
        unknown = asked & ~(own.any(axis=2) & other.any(axis=2))
        row, column = np.nonzero(unknown)
        cosine = np.einsum("ij,ij->i", self.factors[item[row, column]], self.factors[taken[row]])
        similarity[row, column] = np.clip(np.round(cosine, DECIMALS), 0, 1)
        return similarity


def _side_by_side(request: Ints) -> Ints:
    """Lay the rows of each request side by side: their numbers, -1 beyond the last."""
    _, row, counts = np.unique(request, return_inverse=True, return_counts=True)
    place = np.arange(len(request)) - (np.cumsum(counts) - counts)[row]
    table = np.full((len(counts), counts.max(initial=0)), -1, dtype=np.int64)
    table[row, place] = np.arange(len(request))
    return table


def _relevance(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move and scale the scores of each row to 0 to 1, best first and NaN at the end."""
    high, low = score[:, :1], np.fmin.reduce(score, axis=1, initial=np.inf)[:, None]
    return (score - low) / np.where(high > low, high - low, 1)
