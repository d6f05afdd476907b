"""Requests of users with the events that a bundle knows and newer ones, without training."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.log.further import Encoding, encode
from recommender.log.histories import Codes, Column, Floats, Histories, Ints
from recommender.log.views import Requests, View


@dataclass(frozen=True)
class Event:
    """An event that may be newer than the bundle.

    Attributes:
        item: its id; an item that the bundle does not know is left out.
        time: microseconds since 1970 UTC.
        rating: or weight; NaN stands for the mean rating of the bundle's events.
    """

    item: int | str
    time: int
    rating: float = float("nan")


@dataclass(frozen=True)
class Query:
    """One request for recommendations.

    Attributes:
        user: an id; any id is allowed.
        events: of the user, newer than those of the bundle or late.
        now: the moment as of which the past is seen, microseconds since 1970 UTC; events after it are left out.
        context: what is known of the request, by name; the ranker uses those that are further columns of the log.
    """

    user: int | str
    events: Sequence[Event]
    now: int
    context: Mapping[str, str] = field(default_factory=dict)


def view_of(
    histories: Histories,
    users: dict[int | str, int],
    items: dict[int | str, int],
    mean_rating: float,
    queries: Sequence[Query],
    request_time: bool,
    encoding: Encoding | None = None,
) -> View:
    """Return the requests with their histories alone, which gives the same lists as the whole log.

    What `prepare` would leave out is left out: an event that the history holds already and, unless users choose items
    again, one of the same item; then a rating after a click is the rating of the click. Events of the same time keep
    the order in which they are given.

    Args:
        histories: the events that the bundle knows.
        users: code of each known user.
        items: code of each known item.
        mean_rating: of the known events.
        queries: n requests.
        request_time: whether the moment of a request is its `now`, or that of its last event.
        encoding: of the further columns of requests; None for no such columns.
    """
    found = [_history(histories, users.get(query.user), items, mean_rating, query) for query in queries]
    codes = np.array([users.get(query.user, -1) for query in queries], dtype=np.int64)
    lengths = np.array([len(item) for item, _, _ in found], dtype=np.int64)
    item, time, rating = (np.concatenate(parts) for parts in zip(*found, strict=True))
    known = Histories(
        users=_ids([query.user for query in queries], histories),
        items=histories.items,
        indptr=np.concatenate(([0], np.cumsum(lengths))),
        item=item,
        time=time,
        rating=rating,
        again=histories.again,
        user_columns={name: column.at(codes) for name, column in histories.user_columns.items()},
    )
    moment = np.array([query.now for query in queries], dtype=np.int64)
    if not request_time:
        last = known.indptr[1:] - 1
        moment = np.where(lengths > 0, known.time[last] if len(known.time) else moment, moment)
    return View(known, Requests(np.arange(len(queries)), lengths, moment, _columns(queries, encoding or {})))


def _columns(queries: Sequence[Query], encoding: Encoding) -> dict[str, Column]:
    """Return the further columns of requests, numbers being written as text too."""
    if not encoding:
        return {}
    texts = {name: [query.context.get(name, "").strip() or None for query in queries] for name in encoding}
    return encode(pd.DataFrame(texts, dtype=object), encoding)


def _history(
    histories: Histories, user: int | None, items: dict[int | str, int], mean_rating: float, query: Query
) -> tuple[Codes, Ints, Floats]:
    """Return items, times and ratings of one user's events up to the moment of the request, oldest first."""
    start, end = (0, 0) if user is None else histories.indptr[user : user + 2].tolist()
    item, time, rating = histories.item[start:end], histories.time[start:end], histories.rating[start:end]
    met = set(zip(item.tolist(), time.tolist() if histories.repeats else repeat(0), strict=False))
    happened = [event for event in query.events if event.time <= query.now]
    fresh = _new(items, happened, met, histories.repeats)
    if fresh:
        item = np.append(item, np.array([code for code, _ in fresh], dtype=np.int32))
        time = np.append(time, [event.time for _, event in fresh])
        more = np.array([event.rating for _, event in fresh], dtype=np.float32)
        rating = np.append(rating, np.where(np.isnan(more), np.float32(mean_rating), more))
        order = np.argsort(time, kind="stable")
        item, time, rating = item[order], time[order], rating[order]
    past = time <= query.now
    return item[past], time[past], rating[past]


def _new(
    items: dict[int | str, int], events: Sequence[Event], met: set[tuple[int, int]], repeats: bool
) -> list[tuple[int, Event]]:
    """Return each event that was not met before with the code of its item.

    Without repeats it is the first of its item, with the first rating of them.
    """
    found = dict[tuple[int, int], Event]()
    for event in sorted(events, key=lambda one: one.time):
        code = items.get(event.item, -1)
        key = (code, event.time if repeats else 0)
        if code < 0 or key in met:
            continue
        first = found.setdefault(key, event)
        if math.isnan(first.rating):
            found[key] = replace(first, rating=event.rating)
    return [(code, event) for (code, _), event in found.items()]


def _ids(users: Sequence[int | str], histories: Histories) -> NDArray[Any]:
    """Return ids as an array of the kind that the log has; the id of an unknown user may be of another kind."""
    if histories.users.dtype == object:
        return np.array([str(user) for user in users], dtype=object)
    return np.array([user if isinstance(user, int) and abs(user) < 1 << 63 else 0 for user in users], dtype=np.int64)
