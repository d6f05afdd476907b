"""Requests, and views of the histories as of a request: nothing in a view comes after its request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.columns import TIME, USER
from recommender.log.further import Encoding, encode
from recommender.log.histories import MICROSECONDS, Column, Floats, Histories, Ints, codes_of
from recommender.seeds import mix

T = TypeVar("T")

RECENT = 50
"""How many of a user's latest events are used one by one."""
NEVER = 1 << 40
"""Seconds since an event that does not exist."""


@cache
def fading(decay: float, window: int) -> Floats:
    """Return float32 weights of the latest events: 1, each earlier one `decay` times the next, 0 beyond the window."""
    age = np.arange(RECENT)
    weights = np.where(age < window, decay**age, 0).astype(np.float32)
    weights.flags.writeable = False
    return weights


@dataclass(frozen=True)
class Requests:
    """Requests to recommend: for which user, after how many events, and when.

    Attributes:
        user: int64 user codes, (n,).
        position: int64 number of events that came before, (n,).
        time: int64 microseconds, the moment as of which the past is seen, (n,): that of the request itself, or of
            the last known event where the request's own time may not be used.
        columns: further columns of the request itself, (n,) each, as those of the event that follows it.
    """

    user: Ints
    position: Ints
    time: Ints
    columns: Mapping[str, Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.user)

    def __getitem__(self, rows: slice | NDArray[Any]) -> "Requests":
        columns = {name: column[rows] for name, column in self.columns.items()}
        return Requests(self.user[rows], self.position[rows], self.time[rows], columns)


@dataclass(frozen=True)
class View:
    """The histories of some requests, each cut at its request.

    Attributes:
        histories: the events, which may go on after the requests.
        requests: n requests.
    """

    histories: Histories
    requests: Requests
    _derived: dict[Callable[["View"], Any], Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, derive: Callable[["View"], T]) -> T:
        """Return `derive(self)`, computed at the first call."""
        if derive not in self._derived:
            self._derived[derive] = derive(self)
        found: T = self._derived[derive]
        return found

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
        return sp.csr_array((weights.astype(np.float32), self.histories.item[self.events], self.indptr), shape=shape)

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """The items that may not be recommended as the user of each request has them, (n, n_items).

        Where users choose items again, these are the items of events less than `histories.again` ago, or as long ago.
        """
        log, request, events = self.histories, self.request_of_event, self.events
        if log.repeats:
            late = self.requests.time[request] - log.time[events] <= log.again
            request, events = request[late], events[late]
        mask = np.zeros((len(self.requests), log.n_items), dtype=bool)
        mask[request, log.item[events]] = True
        return mask

    @cached_property
    def request_of_event(self) -> Ints:
        """The row of the request of each known event."""
        return np.repeat(np.arange(len(self.requests)), self.requests.position)

    @cached_property
    def recent(self) -> "Recent":
        """The latest events of each request, in a rectangle."""
        if not len(self.histories.item):
            shape = (len(self.requests), RECENT)
            return Recent(np.full(shape, -1), np.full(shape, NEVER), np.full(shape, np.nan, dtype=np.float32))
        back = np.arange(1, RECENT + 1)
        index = (self.histories.indptr[self.requests.user] + self.requests.position)[:, None] - back
        known = back <= self.requests.position[:, None]
        index = np.where(known, index, 0)
        seconds = (self.requests.time[:, None] - self.histories.time[index]) // MICROSECONDS
        return Recent(
            item=np.where(known, self.histories.item[index], -1).astype(np.int64),
            seconds=np.where(known, seconds, NEVER),
            rating=np.where(known, self.histories.rating[index], np.float32(np.nan)),
        )

    def weigh_recent(
        self, weights: NDArray[Any], columns: Ints | None = None, n_columns: int | None = None
    ) -> sp.csr_array:
        """Return weights of the latest events as a float32 request x item matrix.

        Args:
            weights: (n, RECENT), or several such tables, whose rows come one after the other, (m, n, RECENT); n may be
                1 if those of all requests are alike. Those of unknown events and zeros are left out.
            columns: of the events, of the same shape; None for the codes of their items.
            n_columns: of the matrix; None for the number of items.
        """
        item = self.recent.item
        used = (item >= 0) & (weights != 0)
        ends = used.sum(axis=-1).ravel().cumsum()
        places = np.broadcast_to(item if columns is None else columns, used.shape)[used]
        # In 32 bits, as the tables are: scipy would copy them otherwise.
        contents = (
            np.broadcast_to(weights, used.shape)[used].astype(np.float32),
            places.astype(np.int32),
            np.append(0, ends).astype(np.int32),
        )
        return sp.csr_array(contents, shape=(len(ends), n_columns or self.histories.n_items))

    def decayed(self, decay: float, window: int = RECENT) -> sp.csr_array:
        """Weigh the latest event 1, each earlier one `decay` times the next, and none beyond the window."""
        return self.weigh_recent(fading(decay, window)[None])


@dataclass(frozen=True)
class Recent:
    """The latest events of n requests, newest first; -1, NEVER and NaN where there are fewer than RECENT.

    Attributes:
        item: int64 item codes, (n, RECENT).
        seconds: int64 seconds between the event and the request's moment, (n, RECENT).
        rating: float32 (n, RECENT).
    """

    item: Ints
    seconds: Ints
    rating: Floats


def next_requests(histories: Histories, ends: Ints, request_time: bool) -> Requests:
    """Return one request per user who has events both before and after `ends[u]`, whose answer is the next event.

    Args:
        histories: all events.
        ends: int64 (n_users,): how many events each user's request knows.
        request_time: whether the moment is the next event's or, without it, the last known event's.
    """
    users = np.flatnonzero((ends > 0) & (ends < histories.lengths))
    return timed(histories, users, ends[users], request_time)


def timed(histories: Histories, user: Ints, position: Ints, request_time: bool) -> Requests:
    """Give requests that are followed by an event, and have one before, their moment; see `Requests`."""
    event = histories.indptr[user] + position
    columns = {name: column[event] for name, column in histories.event_columns.items()}
    return Requests(user, position, histories.time[event if request_time else event - 1], columns)


def draw_users(requests: Requests, most: int, seed: int) -> Requests:
    """Keep the requests of as many users, in the order of a seeded hash, as have at most `most` requests."""
    if len(requests) <= most:
        return requests
    order = np.argsort(mix(requests.user.astype(np.uint64), seed), kind="stable")
    cut = requests.user[order[most]]
    kept = order[:most]
    return requests[np.sort(kept[requests.user[kept] != cut])]


def open_requests(
    histories: Histories, frame: pd.DataFrame, request_time: bool, encoding: Encoding | None = None
) -> Requests:
    """Return one request per row, knowing all of the user's events.

    Args:
        histories: all known events.
        frame: `user_id` of users who have events, and the `timestamp` of their request.
        request_time: whether the past is seen as of that moment or of the last known event.
        encoding: of further columns of the frame; None for no such columns.
    """
    user = codes_of(frame[USER].to_numpy(), histories.users)
    asked = frame[TIME].dt.as_unit("us").astype("int64").to_numpy()
    last = histories.time[histories.indptr[user + 1] - 1]
    return Requests(user, histories.lengths[user], asked if request_time else last, encode(frame, encoding or {}))
