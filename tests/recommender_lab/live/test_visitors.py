"""Users of the small world of the closed loop, with a caller who shows what it is told to."""

import numpy as np
import pytest

from recommender.serving.fields import microseconds
from recommender_lab.live.visitors import Crowd, next_users
from tests.recommender_lab.feedback.worlds import world_of

START = 10**15
CERTAIN = {"click": {"eta": 0.0, "noise": 1.0}}
NEVER = {"preference": {"held_out": 0.4, "n_components": 3, "noise": 0.0, "midpoint": 1000.0, "width": 0.5}}
NEVER |= {"click": {"eta": 0.0, "noise": 0.0}}
STAY = {"stay_after_click": 1.0, "stay_without": 1.0, "return_after_click": 1.0, "return_without": 0.0}


class Shop:
    """Shows the same items to everybody."""

    def __init__(self, *items):
        self.items, self.asked, self.told = items, [], []

    def ask(self, **body):
        self.asked.append(body)
        items = [{"item_id": item} for item in self.items]
        return {"request_id": f"r{len(self.asked)}", "arm": "svd", "items": items}

    def tell(self, events, arm):
        self.told += events
        assert arm == "svd"


def crowd(**changes):
    visit = {"longest": 2} | STAY
    return Crowd(world_of(**{"visit": visit} | changes), seed=0, day=1, start=START)


def test_who_stays_looks_at_all_slates_a_minute_apart():
    shop = Shop(3, 4, 5)
    assert crowd(**CERTAIN).visit(shop, 7, START)
    assert [microseconds(body.pop("now")) for body in shop.asked] == [START, START + 60_000_000]
    assert shop.asked == [{"user": 7, "k": 3}] * 2


def test_every_click_names_its_request_and_rank():
    shop = Shop(3, 4, 5)
    crowd(**CERTAIN).visit(shop, 7, START)
    clicks = [event for event in shop.told if event["kind"] == "click"]
    assert [(event["request_id"], event["item"], event["rank"]) for event in clicks] == [
        (request, item, item - 2) for request in ("r1", "r2") for item in (3, 4, 5)
    ]
    assert len({event["event_id"] for event in shop.told}) == len(shop.told)
    rated = {(event["request_id"], event["item"]): event["value"] for event in shop.told if event["kind"] == "rating"}
    assert all(1 <= value <= 5 for value in rated.values())
    times = [microseconds(event["time"]) for event in shop.told]
    assert min(times) > START
    assert max(microseconds(event["time"]) for event in shop.told if event["request_id"] == "r1") < START + 60_000_000


def test_what_stands_above_a_click_without_one_is_skipped():
    random = crowd(click={"eta": 0.0, "noise": 0.5})
    shops = [Shop(3, 4, 5) for _ in range(30)]
    for user, shop in enumerate(shops):
        random.visit(shop, user, START)
    skips = [(user, event) for user, shop in enumerate(shops) for event in shop.told if event["kind"] == "skip"]
    assert skips
    for user, skip in skips:
        same = [one for one in shops[user].told if one["request_id"] == skip["request_id"] and one["kind"] == "click"]
        assert max(one["rank"] for one in same) > skip["rank"]
        assert skip["rank"] not in {one["rank"] for one in same}


def test_who_likes_nothing_tells_nothing():
    shop = Shop(3, 4, 5)
    assert not crowd(**NEVER).visit(shop, 7, START)
    assert shop.told == []


def test_an_empty_answer_ends_the_visit():
    shop = Shop()
    assert not crowd().visit(shop, 7, START)
    assert len(shop.asked) == 1


@pytest.mark.parametrize(("changes", "back"), [(CERTAIN, [2, 5, 9]), (NEVER, [])], ids=["click", "no click"])
def test_who_clicked_comes_back_and_is_first_on_the_next_day(monkeypatch, changes, back):
    monkeypatch.setattr("recommender_lab.live.visitors.Caller", lambda *_: Leaving(3, 4, 5))
    one = crowd(**changes)
    found = one.come(0, None, np.array([2, 5, 9]))
    assert found.tolist() == back
    following = next_users(one.world, found, 6, seed=0, day=2)
    assert following[: len(back)].tolist() == back
    assert len(set(following.tolist())) == 6


class Leaving(Shop):
    def close(self):
        """Nothing to hang up."""
