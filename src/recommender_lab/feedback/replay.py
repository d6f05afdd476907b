"""The real log, round by round in time order: recommend from earlier events, compare with what happened next.

A round uses only the events before its end, and a model only the events before its fit. Each assigns its own codes to
ids, so that later events, users and items change nothing.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import ITEM, RATING, TIME, USER
from recommender.log.histories import DAY, NEVER_AGAIN, Floats, Histories, Ints, codes_of, pause
from recommender.log.splitting import tie_keys
from recommender.log.views import Requests
from recommender.policies import Policy
from recommender_lab.feedback.retrain import NOTHING, top_lists
from recommender_lab.feedback.schedules import PERIODS
from recommender_lab.feedback.settings import Replay


@dataclass(frozen=True)
class EventLog:
    """All events in their total order, and the rounds that they belong to.

    Attributes:
        users: sorted ids, (n_users,).
        items: sorted ids, (n_items,).
        user: int64 code of each event's user, (n_events,).
        item: int64 code of each event's item, (n_events,).
        time: int64 microseconds, ascending, (n_events,).
        rating: float32 (n_events,).
        key: a hash of each event's user and item that decides which requests are measured, uint64 (n_events,).
        period: int64 microseconds of a round.
        again: see `Histories`.
    """

    users: NDArray[Any]
    items: NDArray[Any]
    user: Ints
    item: Ints
    time: Ints
    rating: Floats
    key: NDArray[np.uint64]
    period: int
    again: int = NEVER_AGAIN

    def start(self, number: int) -> int:
        """Return when a round begins, microseconds: `number` periods after the midnight before the first event."""
        return int(self.time[0] // DAY * DAY + number * self.period)

    @property
    def last_round(self) -> int:
        """Number of the round of the last event, from 0."""
        return int((self.time[-1] - self.start(0)) // self.period)

    def until(self, moment: int) -> int:
        """Return how many events came before a moment."""
        return int(np.searchsorted(self.time, moment))

    @cached_property
    def first_seen(self) -> Ints:
        """Time of the first event of each item, (n_items,)."""
        found = np.full(len(self.items), np.iinfo(np.int64).max, dtype=np.int64)
        np.minimum.at(found, self.item, self.time)
        return found

    @cached_property
    def order(self) -> Ints:
        """Number of the user's events before each event, (n_events,)."""
        return np.asarray(pd.Series(self.user).groupby(self.user).cumcount(), dtype=np.int64)


def build_log(events: pd.DataFrame, settings: Replay, seed: int, again_after_days: float | None = None) -> EventLog:
    """Convert a log for the replay.

    Args:
        events: ordered by `splitting.order_events`.
        settings: the period.
        seed: of the choice of requests.
        again_after_days: see `build_histories`.
    """
    ordered = events.iloc[np.argsort(events[TIME].astype("int64").to_numpy(), kind="stable")]
    user, users = pd.factorize(ordered[USER], sort=True)
    item, items = pd.factorize(ordered[ITEM], sort=True)
    return EventLog(
        users=users.to_numpy(),
        items=items.to_numpy(),
        user=user.astype(np.int64),
        item=item.astype(np.int64),
        time=ordered[TIME].dt.as_unit("us").astype("int64").to_numpy(),
        rating=ordered[RATING].to_numpy(dtype=np.float32),
        key=tie_keys(ordered, seed),
        period=PERIODS[settings.period],
        again=pause(again_after_days),
    )


def histories_of(log: EventLog, events: Ints, users: Ints, items: Ints) -> Histories:
    """Compress some events into histories, without those of other items.

    Args:
        log: the log.
        events: indices of the events, all of the given users, ascending, (n,).
        users: codes of users, sorted; their positions are the new codes.
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
        item=codes_of(log.item[kept], items).astype(np.int32),
        time=log.time[kept],
        rating=log.rating[kept],
        again=log.again,
    )


def known_items(log: EventLog, moment: int) -> Ints:
    """Return the codes of the items that had an event before a moment, sorted."""
    return np.flatnonzero(log.first_seen < moment).astype(np.int64)


def target_events(log: EventLog, number: int, per_user: int) -> Ints:
    """Choose the events of a round that are to be predicted: some of each user, but never the user's first.

    Args:
        log: the log.
        number: of the round.
        per_user: largest number of events of each user.

    Returns:
        Indices of the events, ascending.
    """
    low, high = (log.until(log.start(at)) for at in (number, number + 1))
    events = np.arange(low, high)
    events = events[log.order[low:high] > 0]
    drawn = events[np.lexsort((-log.key[events].astype(np.float64), log.user[events]))]
    user = log.user[drawn]
    place = np.arange(len(drawn)) - np.searchsorted(user, user)
    return np.sort(drawn[place < per_user])


@dataclass(frozen=True)
class ServedRound:
    """What one model version recommended in one round.

    Attributes:
        target: indices of the events to be predicted, one per request, (n,).
        rank: rank of the event's item in the list, from 1; 0 if it was not shown, int64 (n,).
        shown: item codes of the log, int64 (n, k), NOTHING after the end of a list.
    """

    target: Ints
    rank: Ints
    shown: Ints


def serve(log: EventLog, policy: Policy, items: Ints, number: int, settings: Replay, request_time: bool) -> ServedRound:
    """Recommend to each request of a round, from its user's events before it.

    Args:
        log: the log.
        policy: fitted before the round.
        items: codes of the items that the policy knows.
        number: of the round.
        settings: k and requests per user.
        request_time: whether the policy may use the time of a request.
    """
    target = target_events(log, number, settings.requests_per_user)
    histories, requests = _requests(log, target, items, log.until(log.start(number + 1)), request_time)
    lists = top_lists(policy, histories, requests, settings.k)
    shown = np.where(lists >= 0, items[lists], NOTHING)
    hit = shown == log.item[target][:, None]
    return ServedRound(target, np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0), shown)


def _requests(log: EventLog, target: Ints, items: Ints, stop: int, request_time: bool) -> tuple[Histories, Requests]:
    """Return the histories of the users of a round, with the items that the policy knows, and their requests."""
    users = np.unique(log.user[target])
    events = np.flatnonzero(np.isin(log.user[:stop], users))
    histories = histories_of(log, events, users, items)
    kept = events[codes_of(log.item[events], items) >= 0]
    keys = np.sort(codes_of(log.user[kept], users) * stop + kept)
    user = codes_of(log.user[target], users)
    position = np.searchsorted(keys, user * stop + target) - histories.indptr[user]
    time, known = log.time[target], position > 0
    if not request_time:
        time[known] = histories.time[(histories.indptr[user] + position - 1)[known]]
    return histories, Requests(user, position, time)
