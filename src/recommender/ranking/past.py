"""Which moments of the past become requests: they relate to earlier events as the test requests do."""

from dataclasses import dataclass

import numpy as np

from recommender.log.histories import Histories, Ints
from recommender.log.views import Requests, draw_users, timed
from recommender.ranking.settings import BuildRanking


@dataclass(frozen=True)
class PastRequests:
    """Past requests, and how much of each user's history models may be fitted to for them.

    Attributes:
        requests: sorted by user and position; the event at `position` is what the user did next.
        answers: how many events, from that one on, are right answers to each request, int64 (n,).
        ends: int64 (n_users,): models are fitted to the first `ends[u]` events of user u, all before the requests.
        available: how many there were before users were drawn.
    """

    requests: Requests
    answers: Ints
    ends: Ints
    available: int


def last_positions(histories: Histories, starts: Ints, past: int, request_time: bool) -> Requests:
    """Make a request of each of the last `past` positions of every user, none before `starts[u]`.

    Args:
        histories: the events up to validation.
        starts: int64 (n_users,), first position that may become a request.
        past: requests per user at most.
        request_time: see `requests.timed`.

    Returns:
        The requests, by user and position.
    """
    first = np.maximum(histories.lengths - past, starts)
    count = np.maximum(histories.lengths - first, 0)
    user = np.repeat(np.arange(histories.n_users), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return timed(histories, user, first[user] + offset, request_time)


def _per_user(histories: Histories, starts: Ints, settings: BuildRanking) -> int:
    """Return the number of requests per user: some requests of many users are better training data than many of few."""
    users = int((histories.lengths > starts).sum())
    return min(settings.past_requests, max(1, settings.max_requests // max(users, 1)))


def past_requests(histories: Histories, settings: BuildRanking, request_time: bool, seed: int) -> PastRequests:
    """Make requests of each user's last events before validation (`split.method: last_interaction`).

    Args:
        histories: the training events.
        settings: how many requests, after how many events.
        request_time: see `requests.timed`.
        seed: of the draw of users.

    Returns:
        The requests; no event at or after the first request of a user is fitted to.
    """
    starts = np.full(histories.n_users, settings.min_history)
    asked = last_positions(histories, starts, _per_user(histories, starts, settings), request_time)
    kept = draw_users(asked, settings.max_requests, seed)
    ends = histories.lengths.copy()
    np.minimum.at(ends, kept.user, kept.position)
    return PastRequests(kept, np.ones(len(kept), dtype=np.int64), ends, len(asked))


def window_requests(
    histories: Histories, starts: Ints, ends: Ints, moment: int, request_time: bool, min_history: int = 1
) -> tuple[Requests, Ints]:
    """Make one request per user at the start of a window of time, whose targets are all events in it.

    Args:
        histories: events up to the end of the window or later.
        starts: int64 (n_users,): events of each user before the window.
        ends: int64 (n_users,): events of each user before the end of the window.
        moment: start of the window, microseconds since 1970.
        request_time: whether that moment is known; else, and for users who are known beyond it, the moment is that of
            the last known event.
        min_history: users with fewer events before the window get no request.

    Returns:
        One request per user who has events before and in the window, and how many of these are in it, int64 (n,).
    """
    users = np.flatnonzero((starts >= max(min_history, 1)) & (ends > starts))
    asked = timed(histories, users, starts[users], request_time=False)
    moments = np.maximum(asked.time, moment) if request_time else asked.time
    return Requests(users, starts[users], moments), (ends - starts)[users]


def past_windows(
    histories: Histories, held_out: int, settings: BuildRanking, request_time: bool, seed: int
) -> list[PastRequests]:
    """Cut the past where the test will cut it, only earlier and several times (`split.method: global_time`).

    The windows lie back to back before the end of the log and hold as many events as the held-out part does, but never
    more than leave as many before the first.

    Args:
        histories: the training events.
        held_out: number of validation events.
        settings: how many windows, after how many events.
        request_time: see `window_requests`.
        seed: of the draw of users.

    Returns:
        The requests of each window, latest first; no event from the start of a window on is fitted to for its requests.
    """
    times, number = np.sort(histories.time), settings.past_windows
    size = max(min(held_out, len(times) // (number + 1)), 1)
    most, found, ends = max(settings.max_requests // number, 1), [], histories.lengths
    for window in range(1, number + 1):
        moment = int(times[max(len(times) - window * size, 0)])
        starts = np.bincount(histories.user[histories.time < moment], minlength=histories.n_users)
        asked, answers = window_requests(histories, starts, ends, moment, request_time, settings.min_history)
        kept = draw_users(asked, most, seed)
        found.append(PastRequests(kept, answers[np.isin(asked.user, kept.user)], starts, len(asked)))
        ends = starts
    return found
