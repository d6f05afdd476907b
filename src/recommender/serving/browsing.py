"""Lists that are the same for every user: popular, trending, latest, and what is similar to an item."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.bundle.live import Bundle
from recommender.files import DECIMALS
from recommender.log.histories import DAY, MICROSECONDS, Ints
from recommender.serving.schemas import Choices, Recommended
from recommender.threads import one_blas_thread

USERS, RATINGS = 50, 10
"""How many users a page is offered, and how many different ratings at most."""


@dataclass(frozen=True)
class Shelves:
    """Lists from one bundle; equal scores are in the order of the ids.

    Attributes:
        bundle: loaded.
    """

    bundle: Bundle

    @cached_property
    def genres(self) -> list[list[str]]:
        """The names of each item's genres, by code."""
        names = np.array(self.bundle.genres, dtype=object)
        return [names[row > 0].tolist() for row in self.bundle.item_table.genres]

    @cached_property
    def choices(self) -> Choices:
        """Some users from all over the log, and the ratings that an item can get."""
        histories = self.bundle.histories
        places = np.linspace(0, len(histories.users) - 1, min(USERS, len(histories.users))).astype(int)
        ratings = np.unique(histories.rating).astype(np.float64)
        if len(ratings) > RATINGS:
            ratings = np.linspace(ratings[0], ratings[-1], 5)
        return Choices(users=histories.users[places].tolist(), ratings=ratings.tolist() if len(ratings) > 1 else [])

    def popular(self, k: int) -> list[Recommended]:
        """Return the items with the most events; the score is their number."""
        return self._best(self.bundle.histories.counts, k)

    def trending(self, days: int, k: int) -> list[Recommended]:
        """Return the items with the most events in the last days of what is known; the score is their number."""
        time, item = self._by_time
        start = int(np.searchsorted(time, self.bundle.known_until - days * DAY, side="right"))
        counts = np.bincount(item[start:], minlength=self.bundle.histories.n_items)
        return self._best(np.where(counts > 0, counts, -np.inf), k)

    def latest(self, k: int) -> list[Recommended]:
        """Return the items whose first event is the newest; the score is its time in seconds since 1970."""
        time, item = self._by_time
        first = np.zeros(self.bundle.histories.n_items, dtype=np.int64)
        first[item[::-1]] = time[::-1]
        return self._best(first // MICROSECONDS, k)

    def similar(self, item: int | str, k: int) -> list[Recommended]:
        """Return the items whose factors have the largest cosine with those of an item; that is the score.

        Raises:
            KeyError: the item is unknown.
        """
        code, unit = self.bundle.item_codes[item], self.bundle.factors.unit
        with one_blas_thread():
            cosine = np.round((unit @ unit[code]).astype(np.float64), DECIMALS)
        cosine[code] = -np.inf
        return self._best(np.where(cosine > 0, cosine, -np.inf), k)

    @cached_property
    def _by_time(self) -> tuple[Ints, Ints]:
        """Times of all events, ascending, and their items."""
        histories = self.bundle.histories
        order = np.argsort(histories.time, kind="stable")
        return histories.time[order], histories.item[order].astype(np.int64)

    def _best(self, scores: NDArray[np.float64] | Ints, k: int) -> list[Recommended]:
        """Return the items with the highest scores; those that score -inf or have no events are left out."""
        allowed = np.where(self.bundle.histories.counts > 0, scores, -np.inf)
        order = np.argsort(-allowed, kind="stable")[:k]
        order = order[np.isfinite(allowed[order])]
        ids, titles = self.bundle.histories.items[order].tolist(), self.bundle.titles_of(order)
        genres = [self.genres[code] for code in order.tolist()]
        rows = zip(ids, titles, genres, scores[order].tolist(), strict=True)
        return [
            Recommended(rank=rank, item_id=item, title=title, genres=genres, score=score)
            for rank, (item, title, genres, score) in enumerate(rows, 1)
        ]
