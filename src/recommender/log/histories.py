"""All events as compressed rows, one row per user; codes are positions in the sorted ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.columns import ITEM, RATING, TIME, USER

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
"""Codes of users and items: half the memory of `Ints`."""
Floats = NDArray[np.float32]
MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS
"""A day in microseconds."""
NEVER_AGAIN = 1 << 62
"""Longer than any log."""


@dataclass(frozen=True)
class Column:
    """A further column of users or of events as numbers; see `further`.

    Attributes:
        values: float32 (n,), NaN where unknown.
        text: whether they are codes of texts.
    """

    values: Floats
    text: bool

    def __getitem__(self, rows: slice | NDArray[Any]) -> "Column":
        return Column(self.values[rows], self.text)

    def at(self, rows: Ints) -> "Column":
        """Return the values of some rows, NaN where the row is -1."""
        return Column(np.where(rows >= 0, self.values[rows], np.float32(np.nan)), self.text)


@dataclass(frozen=True)
class Histories:
    """Events in compressed rows: those of user code u are `indptr[u]:indptr[u + 1]`, in the total order.

    Attributes:
        users: sorted ids of the users, (n_users,).
        items: sorted ids of the items, (n_items,).
        indptr: int64 (n_users + 1,).
        item: int32 item codes, (n_events,).
        time: int64 microseconds since 1970 UTC, (n_events,).
        rating: float32 (n_events,).
        again: microseconds after an event during which its user is not recommended its item; NEVER_AGAIN for ever.
        user_columns: further columns of the users, (n_users,) each.
        event_columns: further columns of the events, (n_events,) each.
    """

    users: NDArray[Any]
    items: NDArray[Any]
    indptr: Ints
    item: Codes
    time: Ints
    rating: Floats
    again: int = NEVER_AGAIN
    user_columns: Mapping[str, Column] = field(default_factory=dict)
    event_columns: Mapping[str, Column] = field(default_factory=dict)

    @property
    def repeats(self) -> bool:
        """Whether an item may be recommended to a user who has it."""
        return self.again < NEVER_AGAIN

    @property
    def n_users(self) -> int:
        """Number of users, with or without events."""
        return len(self.users)

    @property
    def n_items(self) -> int:
        """Number of items, with or without events."""
        return len(self.items)

    @cached_property
    def lengths(self) -> Ints:
        """Events per user, (n_users,)."""
        return np.diff(self.indptr)

    @cached_property
    def user(self) -> Codes:
        """User code of each event, int32 (n_events,)."""
        return np.repeat(np.arange(self.n_users, dtype=np.int32), self.lengths)

    @cached_property
    def counts(self) -> Ints:
        """Events per item, (n_items,)."""
        return np.bincount(self.item, minlength=self.n_items)

    def until(self, ends: Ints) -> "Histories":
        """Keep the first `ends[u]` events of each user; users and items keep their codes.

        Args:
            ends: int64 (n_users,), each at most the user's number of events.
        """
        position = np.arange(len(self.item)) - np.repeat(self.indptr[:-1], self.lengths)
        kept = position < np.repeat(ends, self.lengths)
        indptr = np.concatenate(([0], np.cumsum(ends)))
        columns = {name: column[kept] for name, column in self.event_columns.items()}
        item, time, rating = self.item[kept], self.time[kept], self.rating[kept]
        return replace(self, indptr=indptr, item=item, time=time, rating=rating, event_columns=columns)

    def matrix(self) -> sp.csr_array:
        """Return the ratings as a float32 user x item matrix."""
        shape = (self.n_users, self.n_items)
        # With ends of 32 bits, if they are enough: else the codes would be copied to 64.
        ends = self.indptr.astype(np.int32) if len(self.item) < 1 << 31 else self.indptr
        return sp.csr_array((self.rating, self.item, ends), shape=shape)


def build_histories(parts: Sequence[pd.DataFrame], again_after_days: float | None = None) -> Histories:
    """Compress the parts of a log; a user's events keep the order of the parts and of their rows.

    Args:
        parts: frames with `user_id, item_id, rating, timestamp`, earlier parts first.
        again_after_days: days after an event after which its user may be recommended its item again; None for never.

    Returns:
        The histories of all users and items that occur.
    """
    user, users = _coded(parts, USER)
    order = np.argsort(user, kind="stable")
    indptr = np.concatenate(([0], np.cumsum(np.bincount(user, minlength=len(users)))))
    del user
    item, items = _coded(parts, ITEM)
    return Histories(
        users=users,
        items=items,
        indptr=indptr,
        item=item[order],
        time=np.concatenate([part[TIME].dt.as_unit("us").astype("int64").to_numpy() for part in parts])[order],
        rating=np.concatenate([part[RATING].to_numpy(dtype=np.float32) for part in parts])[order],
        again=pause(again_after_days),
    )


def _coded(parts: Sequence[pd.DataFrame], name: str) -> tuple[Codes, NDArray[Any]]:
    """Return the codes of a column of ids, part by part, and the sorted ids."""
    met = pd.concat([part[name].drop_duplicates() for part in parts], ignore_index=True)
    ids = _ids(pd.factorize(met, sort=True)[1])
    return np.concatenate([codes_of(part[name].to_numpy(), ids).astype(np.int32) for part in parts]), ids


def pause(again_after_days: float | None) -> int:
    """Return `Histories.again`, in microseconds, of a number of days; None stands for never."""
    return NEVER_AGAIN if again_after_days is None else round(again_after_days * DAY)


def _ids(ids: "pd.Index[Any]") -> NDArray[Any]:
    return ids.to_numpy(dtype=np.int64 if pd.api.types.is_integer_dtype(ids) else object)


def codes_of(ids: NDArray[Any], vocabulary: NDArray[Any]) -> Ints:
    """Find each id in sorted ids.

    Args:
        ids: ids of any order, (n,).
        vocabulary: sorted unique ids of the same kind, (m,).

    Returns:
        int64 (n,): positions in the vocabulary, -1 for an id that is not there.
    """
    return pd.Index(vocabulary).get_indexer(pd.Index(ids)).astype(np.int64)


def lengths_without(histories: Histories, held_out: pd.DataFrame) -> Ints:
    """Return how many events each user has before the held-out ones, int64 (n_users,).

    Args:
        histories: events whose last ones per user are the held-out ones.
        held_out: a frame with `user_id`, one row per held-out event.
    """
    users = codes_of(held_out[USER].to_numpy(), histories.users)
    return histories.lengths - np.bincount(users, minlength=histories.n_users)
