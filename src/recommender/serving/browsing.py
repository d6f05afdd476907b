"""Lists that are the same for every user: popular, trending, latest, and what is similar to an item."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.bundle.live import Bundle
from recommender.files import DECIMALS
from recommender.log.histories import DAY, MICROSECONDS, Ints
from recommender.serving.schemas import Recommended
from recommender.threads import one_blas_thread


@dataclass(frozen=True)
class Shelves:
    """Lists from one bundle; equal scores are in the order of the ids.

    Attributes:
        bundle: loaded.
    """

    bundle: Bundle

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
        return histories.time[order], histories.item[order]

    def _best(self, scores: NDArray[np.float64] | Ints, k: int) -> list[Recommended]:
        """Return the items with the highest scores; those that score -inf or have no events are left out."""
        allowed = np.where(self.bundle.histories.counts > 0, scores, -np.inf)
        order = np.argsort(-allowed, kind="stable")[:k]
        order = order[np.isfinite(allowed[order])]
        ids, titles = self.bundle.histories.items[order].tolist(), self.bundle.titles_of(order)
        rows = zip(ids, titles, scores[order].tolist(), strict=True)
        return [
            Recommended(rank=rank, item_id=item, title=title, score=score)
            for rank, (item, title, score) in enumerate(rows, 1)
        ]
