"""All events as compressed rows, one row per user, and views of them as of a request.

Codes are positions in the sorted ids. A request knows the first `position` events of its user and nothing after.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.columns import ITEM, RATING, TIME, USER

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Histories:
    """Events in compressed rows: those of user code u are `indptr[u]:indptr[u + 1]`, in the total order.

    Attributes:
        users: sorted ids of the users, (n_users,).
        items: sorted ids of the items, (n_items,).
        indptr: int64 (n_users + 1,).
        item: int64 item codes, (n_events,).
        time: int64 microseconds since 1970 UTC, (n_events,).
        rating: float32 (n_events,).
    """

    users: NDArray[Any]
    items: NDArray[Any]
    indptr: Ints
    item: Ints
    time: Ints
    rating: Floats

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
    def user(self) -> Ints:
        """User code of each event, (n_events,)."""
        return np.repeat(np.arange(self.n_users), self.lengths)

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
        return replace(self, indptr=indptr, item=self.item[kept], time=self.time[kept], rating=self.rating[kept])

    def matrix(self) -> sp.csr_array:
        """Return the ratings as a float32 user x item matrix."""
        shape = (self.n_users, self.n_items)
        return sp.csr_array((self.rating, self.item, self.indptr), shape=shape)


@dataclass(frozen=True)
class Requests:
    """Who asks, knowing how much.

    Attributes:
        user: int64 user codes, (n,).
        position: int64 number of events that came before, (n,).
    """

    user: Ints
    position: Ints

    def __len__(self) -> int:
        return len(self.user)

    def __getitem__(self, rows: slice | NDArray[Any]) -> "Requests":
        return Requests(self.user[rows], self.position[rows])


@dataclass(frozen=True)
class View:
    """The histories of some requests, each cut at its request.

    Attributes:
        histories: the events, which may go on after the requests.
        requests: n requests.
    """

    histories: Histories
    requests: Requests

    @cached_property
    def indptr(self) -> Ints:
        """Where each request's known events start in `events`, (n + 1,)."""
        return np.concatenate(([0], np.cumsum(self.requests.position)))

    @cached_property
    def age(self) -> Ints:
        """How many known events came after each known event: 0 for the latest."""
        positions = np.arange(self.indptr[-1]) - np.repeat(self.indptr[:-1], self.requests.position)
        return np.repeat(self.requests.position, self.requests.position) - 1 - positions

    @cached_property
    def events(self) -> Ints:
        """Index in the histories of each known event, request by request, oldest first."""
        start = self.histories.indptr[self.requests.user]
        last = np.repeat(start + self.requests.position - 1, self.requests.position)
        return last - self.age

    def weighted(self, weights: Floats) -> sp.csr_array:
        """Return a weight per known event as a float32 request x item matrix.

        Args:
            weights: one weight per event of `events`.
        """
        shape = (len(self.requests), self.histories.n_items)
        rows = sp.csr_array((weights.astype(np.float32), self.histories.item[self.events], self.indptr), shape=shape)
        rows.sum_duplicates()
        return rows

    def decayed(self, decay: float) -> sp.csr_array:
        """Weigh the latest event 1 and each earlier one `decay` times the next."""
        weights = np.float32(decay) ** self.age.astype(np.float32)
        return self.weighted(np.where(weights > 1e-6, weights, 0))

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """Which items each request's user already met, (n, n_items)."""
        mask = np.zeros((len(self.requests), self.histories.n_items), dtype=bool)
        mask[np.repeat(np.arange(len(self.requests)), self.requests.position), self.histories.item[self.events]] = True
        return mask

    def latest(self, size: int) -> Ints:
        """Return the index of each request's latest events, newest first, -1 where there are fewer.

        Args:
            size: how many events, h.

        Returns:
            int64 (n, h), indices into the histories.
        """
        back = np.arange(1, size + 1)
        index = (self.histories.indptr[self.requests.user] + self.requests.position)[:, None] - back
        return np.where(back <= self.requests.position[:, None], index, -1)


def build_histories(parts: Sequence[pd.DataFrame]) -> Histories:
    """Compress the parts of a log; a user's events stand in the order of the parts and of their rows.

    Args:
        parts: frames with `user_id, item_id, rating, timestamp`, earlier parts first.

    Returns:
        The histories of all users and items that occur.
    """
    events = pd.concat(parts, ignore_index=True)
    user, users = pd.factorize(events[USER], sort=True)
    item, items = pd.factorize(events[ITEM], sort=True)
    order = np.argsort(user, kind="stable")
    return Histories(
        users=_ids(users),
        items=_ids(items),
        indptr=np.concatenate(([0], np.cumsum(np.bincount(user, minlength=len(users))))),
        item=item[order].astype(np.int64),
        time=events[TIME].dt.as_unit("us").astype("int64").to_numpy()[order],
        rating=events[RATING].to_numpy(dtype=np.float32)[order],
    )


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


def next_requests(histories: Histories, ends: Ints) -> Requests:
    """Return one request per user who has events both before and after `ends[u]`, asking what came next."""
    users = np.flatnonzero((ends > 0) & (ends < histories.lengths))
    return Requests(users, ends[users])


def requests_of(histories: Histories, users: "pd.Series[Any]") -> Requests:
    """Return one request per user id, knowing all of the user's events; in the order of the ids.

    Args:
        histories: all known events.
        users: ids that have events.
    """
    codes = codes_of(users.to_numpy(), histories.users)
    return Requests(codes, histories.lengths[codes])
