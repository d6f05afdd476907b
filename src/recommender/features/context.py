"""What a feature may use: the history of the request, what was fitted, the table of items, the candidates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import GENRE_PREFIX, ITEM, RELEASE_DATE, TITLE
from recommender.log.further import Encoding, by_id, encode
from recommender.log.histories import Column, Floats, Ints
from recommender.log.views import View
from recommender.retrieval.candidates import CandidateSet
from recommender.retrieval.event_contexts import BLOCK_SECONDS
from recommender.retrieval.knowledge import Knowledge

LATEST = 20
SIZES = (1, 5, 10)
"""How many of the latest events are averaged."""


@dataclass(frozen=True)
class ItemTable:
    """What is known of the items besides events, by item code.

    Attributes:
        genres: multi-hot, float32 (n_items, n_genres).
        year: year of release with its fraction, float32 (n_items,), NaN where unknown.
        further: further columns.
    """

    genres: Floats
    year: Floats
    further: Mapping[str, Column] = field(default_factory=dict)

    @cached_property
    def genre_norms(self) -> Floats:
        """The length of each row of genres, float32 (n_items,)."""
        return np.sqrt((self.genres**2).sum(axis=1))

    @cached_property
    def n_genres(self) -> Floats:
        """How many genres each item has, float32 (n_items,)."""
        return self.genres.sum(axis=1)


def item_table(items: pd.DataFrame, vocabulary: NDArray[Any], encoding: Encoding | None = None) -> ItemTable:
    """Bring the items' data into the order of the item codes.

    Args:
        items: `item_id`, `release_date` (ISO text or missing), any `genre_*` columns and those of the encoding.
        vocabulary: sorted item ids, (n_items,).
        encoding: of the further columns; None for no such columns.

    Returns:
        One row per item code; an item without a row has no genres and no year.
    """
    aligned = by_id(items, ITEM, vocabulary)
    names = [f"{GENRE_PREFIX}{name}" for name in genre_names(items)]
    genres = aligned[names].fillna(0).to_numpy(dtype=np.float32)
    dates = pd.to_datetime(aligned[RELEASE_DATE].astype(object), errors="coerce", format="ISO8601")
    year = (dates.dt.year + (dates.dt.day_of_year - 1) / 366).to_numpy(dtype=np.float32)
    return ItemTable(genres, year, encode(aligned, encoding or {}))


def item_further(items: pd.DataFrame) -> list[str]:
    """Return the names of the further columns of a table of items."""
    names = [str(name) for name in items.columns if name not in (ITEM, TITLE, RELEASE_DATE)]
    return [name for name in names if not name.startswith(GENRE_PREFIX)]


def genre_names(items: pd.DataFrame) -> list[str]:
    """Return the names of the genres, in the order of the table's columns."""
    return [str(name).removeprefix(GENRE_PREFIX) for name in items.columns if str(name).startswith(GENRE_PREFIX)]


@dataclass(frozen=True)
class Context:
    """The candidates of some requests and all that features are computed from; of each user only earlier events.

    Attributes:
        view: the requests and their histories.
        knowledge: fitted without the events that follow the requests.
        items: what is known of the items.
        candidates: n candidates.
    """

    view: View
    knowledge: Knowledge
    items: ItemTable
    candidates: CandidateSet

    @cached_property
    def latest(self) -> Ints:
        """Item codes of each request's latest events, newest first, -1 where there are fewer; (n_requests, LATEST)."""
        return self.view.recent.item[:, :LATEST]

    @cached_property
    def pauses(self) -> Ints:
        """Seconds between each of the latest events and the next later one, 0 for the newest; (n_requests, RECENT)."""
        seconds = self.view.recent.seconds
        return np.diff(seconds, axis=1, prepend=seconds[:, :1])

    @cached_property
    def block_numbers(self) -> Ints:
        """Numbers of the blocks of each request's latest events from the newest, 0; (n_requests, RECENT)."""
        return np.cumsum(self.pauses > BLOCK_SECONDS, axis=1)

    @cached_property
    def levels(self) -> dict[str, Floats]:
        """By item: year, rating level (smoothed mean rating) and popularity (log of 1 + events), float32 (n_items,)."""
        known = self.knowledge.items
        return {"year": self.items.year, "rating_level": known.mean_rating, "popularity": known.log_counts}

    @cached_property
    def latest_levels(self) -> dict[int, dict[str, Floats]]:
        """Means of the levels over so many of each request's latest events, float32 (n_requests,), NaN for none."""
        rows = np.stack([values[self.latest[:, : SIZES[-1]]] for values in self.levels.values()])
        known = (self.latest[:, : SIZES[-1]] >= 0) & np.isfinite(rows)
        filled = np.where(known, rows, 0)
        means = [_mean(filled[..., :size], known[..., :size], axis=2) for size in SIZES]
        return {size: dict(zip(self.levels, of_size, strict=True)) for size, of_size in zip(SIZES, means, strict=True)}

    def per_candidate(self, values: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
        """Repeat values per request for each of its candidates, float32 (n,) each."""
        rows = np.array(list(values.values()), dtype=np.float64)[:, self.candidates.request]
        return dict(zip(values, rows.astype(np.float32), strict=True))

    def latest_mean(self, values: Floats, size: int) -> Floats:
        """Average a value of the items over each request's latest events; NaN where none is known.

        Args:
            values: one per item, (n_items,), or rows (n_items, d).
            size: how many events.

        Returns:
            float32 (n_requests,) or (n_requests, d).
        """
        items = self.latest[:, :size]
        rows = values[items]
        known = (items >= 0).reshape(items.shape + (1,) * (values.ndim - 1)) & np.isfinite(rows)
        return _mean(np.where(known, rows, 0), known, axis=1)


def _mean(rows: Floats, known: NDArray[np.bool_], axis: int) -> Floats:
    """Average what is known, NaN where nothing is; what is unknown is 0 in the rows."""
    count, total = known.sum(axis=axis), rows.sum(axis=axis, dtype=np.float32)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
