"""The real log once more, round by round in time order: serve with what was known, measure on what then happened.

Everything about a round is made of the events before its end, and every model of the events before its refresh: ids get
codes of their own there, so that later events, users and items change nothing.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import ITEM, RATING, TIME, USER
from recommender.log.histories import Floats, Histories, Ints, codes_of
from recommender.log.splitting import tie_keys
from recommender.log.views import Requests
from recommender.policies import Policy
from recommender_lab.feedback.lists import NOTHING, top_lists
from recommender_lab.feedback.schedules import DAY, PERIODS
from recommender_lab.feedback.settings import Replay


@dataclass(frozen=True)
class Log:
    """All events in their total order, and the rounds that they fall in.

    Attributes:
        users: sorted ids, (n_users,).
        items: sorted ids, (n_items,).
        user: int64 code of each event's user, (n_events,).
        item: int64 code of each event's item, (n_events,).
        time: int64 microseconds, ascending, (n_events,).
        rating: float32 (n_events,).
        luck: a hash of each event's user and item that decides which requests are measured, uint64 (n_events,).
        period: int64 microseconds of a round.
    """

    users: NDArray[Any]
    items: NDArray[Any]
    user: Ints
    item: Ints
    time: Ints
    rating: Floats
    luck: NDArray[np.uint64]
    period: int

    def start(self, number: int) -> int:
        """Return the first moment of a round: the log's first day, and so many periods."""
        return int(self.time[0] // DAY * DAY + number * self.period)

    @property
    def last_round(self) -> int:
        """Number of the round that the last event falls in, from 0."""
        return int((self.time[-1] - self.start(0)) // self.period)

    def until(self, moment: int) -> int:
        """Return how many events came before a moment."""
        return int(np.searchsorted(self.time, moment))

    @cached_property
    def first_seen(self) -> Ints:
        """First moment of each item, (n_items,)."""
        found = np.full(len(self.items), np.iinfo(np.int64).max, dtype=np.int64)
        np.minimum.at(found, self.item, self.time)
        return found

    @cached_property
    def order(self) -> Ints:
        """Number of the user's events before each event, (n_events,)."""
        return np.asarray(pd.Series(self.user).groupby(self.user).cumcount(), dtype=np.int64)


def build_log(events: pd.DataFrame, settings: Replay, seed: int) -> Log:
    """Bring a log into the form that is replayed.

    Args:
        events: ordered by `splitting.order_events`.
        settings: the period.
        seed: of the draw of requests.
    """
    ordered = events.iloc[np.argsort(events[TIME].astype("int64").to_numpy(), kind="stable")]
    user, users = pd.factorize(ordered[USER], sort=True)
    item, items = pd.factorize(ordered[ITEM], sort=True)
    return Log(
        users=users.to_numpy(),
        items=items.to_numpy(),
        user=user.astype(np.int64),
        item=item.astype(np.int64),
        time=ordered[TIME].dt.as_unit("us").astype("int64").to_numpy(),
        rating=ordered[RATING].to_numpy(dtype=np.float32),
        luck=tie_keys(ordered, seed),
        period=PERIODS[settings.period],
    )


def histories_of(log: Log, events: Ints, users: Ints, items: Ints) -> Histories:
    """Compress some events, leaving out those with an item that is not among the given ones.

    Args:
        log: the log.
        events: indices of the events, all of the given users, ascending, (n,).
        users: codes of users, sorted; they get codes anew, in this order.
        items: codes of items, likewise.
    """
    known = codes_of(log.item[events], items) >= 0
    kept = events[known]
    user = codes_of(log.user[kept], users)
    kept = kept[np.argsort(user, kind="stable")]
    return Histories(
        users=log.users[users],
        items=log.items[items],
        indptr=np.concatenate(([0], np.cumsum(np.bincount(user, minlength=len(users))))),
        item=codes_of(log.item[kept], items),
        time=log.time[kept],
        rating=log.rating[kept],
    )


def known_items(log: Log, moment: int) -> Ints:
    """Return the codes of the items that had an event before a moment, sorted."""
    return np.flatnonzero(log.first_seen < moment).astype(np.int64)


def asked_events(log: Log, number: int, per_user: int) -> Ints:
    """Choose the events of a round that are asked for: some of each user, none the user's first.

    Args:
        log: the log.
        number: of the round.
        per_user: most events of each user.

    Returns:
        Indices of the events, ascending.
    """
    low, high = (log.until(log.start(at)) for at in (number, number + 1))
    events = np.arange(low, high)
    events = events[log.order[low:high] > 0]
    drawn = events[np.lexsort((-log.luck[events].astype(np.float64), log.user[events]))]
    user = log.user[drawn]
    place = np.arange(len(drawn)) - np.searchsorted(user, user)
    return np.sort(drawn[place < per_user])


@dataclass(frozen=True)
class Served:
    """What one model showed in one round.

    Attributes:
        asked: indices of the events that were asked for, (n,).
        rank: place of what then happened in the list, from 1; 0 if it was not shown, int64 (n,).
        shown: item codes of the log, int64 (n, k), -1 after the end of a list.
    """

    asked: Ints
    rank: Ints
    shown: Ints


def serve(log: Log, policy: Policy, items: Ints, number: int, settings: Replay, request_time: bool) -> Served:
    """Let a model answer the requests of a round, each knowing its user's events up to it.

    Args:
        log: the log.
        policy: fitted before the round.
        items: codes of the items that the policy knows.
        number: of the round.
        settings: k and requests per user.
        request_time: whether the moment of a request is known to the policy.
    """
    asked = asked_events(log, number, settings.requests_per_user)
    histories, requests = _requests(log, asked, items, log.until(log.start(number + 1)), request_time)
    lists = top_lists(policy, histories, requests, settings.k)
    shown = np.where(lists >= 0, items[lists], NOTHING)
    found = shown == log.item[asked][:, None]
    return Served(asked, np.where(found.any(axis=1), found.argmax(axis=1) + 1, 0), shown)


def _requests(log: Log, asked: Ints, items: Ints, stop: int, request_time: bool) -> tuple[Histories, Requests]:
    """Return the histories of those who ask, with the items that the policy knows, and their requests."""
    users = np.unique(log.user[asked])
    events = np.flatnonzero(np.isin(log.user[:stop], users))
    histories = histories_of(log, events, users, items)
    kept = events[codes_of(log.item[events], items) >= 0]
    keys = np.sort(codes_of(log.user[kept], users) * stop + kept)
    user = codes_of(log.user[asked], users)
    position = np.searchsorted(keys, user * stop + asked) - histories.indptr[user]
    time, known = log.time[asked], position > 0
    if not request_time:
        time[known] = histories.time[(histories.indptr[user] + position - 1)[known]]
    return histories, Requests(user, position, time)
