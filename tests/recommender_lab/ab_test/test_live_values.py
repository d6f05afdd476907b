import numpy as np
import pytest

from recommender.arms import arm_of
from recommender_lab.ab_test.live_events import Event
from recommender_lab.ab_test.live_values import count
from tests.recommender_lab.drift.made import line

SHARES = {"svd": 0.5, "two_stage": 0.5}
ARM = {user: arm_of(user, SHARES, "a") for user in range(20)}


def request(name, user, minute=0, **changes):
    return line(minute, request_id=name, user=user, **({"arm": ARM[user]} | changes))


def event(request_id, user, item=9, kind="click"):
    return Event(request_id, user, item, kind, None, 0, None)


def counted(lines, events):
    return count(lines, events, SHARES, "a")


def test_values_of_a_user_by_hand():
    """Two lists [7, 9]: a click on rank 2, told twice, and a rating: 1 of 4 items, NDCG 1 / log2(3) and 0."""
    lines = [request("a", 1), request("b", 1, 24 * 60)]
    found = counted(lines, [event("a", 1), event("a", 1), event("b", 1, 7, "rating")])
    row = found.users.iloc[0]
    assert (row["arm"], row["requests"], found.unjoined) == (ARM[1], 2, 0)
    assert row[["click_through", "watch_share", "return_rate"]].tolist() == [0.25, 0.5, 1.0]
    assert row["ndcg"] == pytest.approx(1 / np.log2(3) / 2)


def test_who_came_first_on_the_last_day_cannot_have_returned():
    found = counted([request("a", 1), request("b", 2, 24 * 60)], []).users
    assert found["return_rate"].tolist() == pytest.approx([0.0, np.nan], nan_ok=True)


def test_the_fallback_of_an_arm_counts_for_it_and_requests_outside_it_do_not():
    """Of another experiment, or with a policy that the caller chose, even if it is that of the arm."""
    other = next(name for name in SHARES if name != ARM[1])
    lines = [request("a", 1, policy="popularity"), request("b", 1, arm=other), request("c", 1, arm=None, model=ARM[1])]
    found = counted(lines, [event("b", 1)])
    assert (found.users["requests"].tolist(), found.others, found.unjoined) == ([1], 2, 1)


def test_events_of_others_and_of_unknown_requests_are_not_joined():
    found = counted([request("a", 1)], [event("a", 2), event("z", 1), event("a", 1, 999)])
    assert (found.users["click_through"].tolist(), found.unjoined) == ([0.0], 2)
