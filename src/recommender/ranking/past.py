"""Which moments of the past become requests: training asks what the test will ask, only earlier."""

from dataclasses import dataclass

import numpy as np

from recommender.histories import Histories, Ints
from recommender.requests import Requests, timed
from recommender.sections import BuildRanking
from recommender.seeds import mix


@dataclass(frozen=True)
class PastRequests:
    """Past requests, and how much of each user's history may be learnt from to answer them.

    Attributes:
        requests: sorted by user and position; the event at `position` is what the user did next.
        ends: int64 (n_users,): models are fitted on the first `ends[u]` events of user u, none of them asked for.
        available: how many there were before users were drawn.
    """

    requests: Requests
    ends: Ints
    available: int


def last_positions(histories: Histories, starts: Ints, past: int, request_time: bool) -> Requests:
    """Make a request of each of the last `past` positions of every user, none before `starts[u]`.

    Args:
        histories: the events up to validation.
        starts: int64 (n_users,), first position that may be asked for.
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
    """Return how many requests each user gives: fewer of more users teach more than many of few."""
    users = int((histories.lengths > starts).sum())
    return min(settings.past_requests, max(1, settings.max_requests // max(users, 1)))


def draw_users(requests: Requests, most: int, seed: int) -> Requests:
    """Keep the requests of as many users, in the order of a seeded hash, as give at most `most` requests."""
    if len(requests) <= most:
        return requests
    order = np.argsort(mix(requests.user.astype(np.uint64), seed), kind="stable")
    cut = requests.user[order[most]]
    kept = order[:most]
    return requests[np.sort(kept[requests.user[kept] != cut])]


def past_requests(histories: Histories, settings: BuildRanking, request_time: bool, seed: int) -> PastRequests:
    """Ask for each user's last events before validation (`split.method: last_interaction`).

    Args:
        histories: the training events.
        settings: how many requests, after how many events.
        request_time: see `requests.timed`.
        seed: of the draw of users.

    Returns:
        The requests; nothing at or after a user's first request is learnt from.
    """
    starts = np.full(histories.n_users, settings.min_history)
    asked = last_positions(histories, starts, _per_user(histories, starts, settings), request_time)
    kept = draw_users(asked, settings.max_requests, seed)
    ends = histories.lengths.copy()
    np.minimum.at(ends, kept.user, kept.position)
    return PastRequests(kept, ends, len(asked))


def past_window_requests(
    histories: Histories, start: int, settings: BuildRanking, request_time: bool, seed: int
) -> PastRequests:
    """Ask for each user's last events of a window of time (`split.method: global_time`).

    Args:
        histories: the training events.
        start: first moment of the window, microseconds since 1970: nothing from then on is learnt from.
        settings: how many requests, after how many events.
        request_time: see `requests.timed`.
        seed: of the draw of users.

    Returns:
        The requests, all at or after `start`.
    """
    before = np.bincount(histories.user[histories.time < start], minlength=histories.n_users)
    starts = np.maximum(before, settings.min_history)
    asked = last_positions(histories, starts, _per_user(histories, starts, settings), request_time)
    return PastRequests(draw_users(asked, settings.max_requests, seed), before, len(asked))
