"""The latest answers, and the clicks on them that the store brings."""

import pytest
from scipy.stats import t

from recommender.evaluation.significance import wilson
from recommender.serving import traffic
from recommender.serving.store import EventStore, StoredEvent
from recommender.serving.traffic import Shown, Traffic, arms_of


@pytest.fixture
def events(tmp_path):
    store = EventStore(tmp_path / "events.sqlite")
    yield store
    store.close()


def shown(user, *items, policy="svd", arm=None):
    return Shown(user, True, policy, False, arm, frozenset(items))


def click(request_id, user, item, kind="click"):
    return StoredEvent(f"{request_id} {user} {item} {kind}", user, item, kind, None, 0, request_id, 1)


def clicked(found):
    return [sorted(one.clicked) for one in found.latest()]


class TestClicks:
    def test_they_are_joined_by_request_user_and_item(self, events):
        found = Traffic(events)
        found.add("a", shown(4, 1, 2, 3))
        found.add("b", shown(4, 1, 2, 3))
        events.append([click("a", 4, 1), click("a", 4, 3), click("a", 5, 2), click("b", 4, 9), click("gone", 4, 1)])
        events.append([click("b", 4, 2, "view"), click("b", 4, 2, "skip"), click(None, 4, 2)])
        assert clicked(found) == [[1, 3], []]
        events.append([click("b", 4, 2)])
        assert clicked(found) == [[1, 3], [2]]

    def test_the_same_item_twice_is_one(self, events):
        found = Traffic(events)
        found.add("a", shown(4, 1, 2))
        events.append([click("a", 4, 1), StoredEvent("again", 4, 1, "click", None, 0, "a", 1)])
        assert clicked(found) == [[1]]

    def test_users_who_were_erased_are_forgotten(self, events):
        found = Traffic(events)
        found.add("a", shown(4, 1))
        found.add("b", shown(5, 1))
        events.erase(4)
        assert [one.user for one in found.latest()] == [5]

    def test_only_the_latest_answers_are_remembered(self, events, monkeypatch):
        monkeypatch.setattr(traffic, "ANSWERS", 2)
        found = Traffic(events)
        for user in range(4):
            found.add(str(user), shown(user, 1))
        assert [one.user for one in found.latest()] == [2, 3]


class TestArms:
    def test_a_user_counts_once_however_often_asked(self):
        """User 4 clicked 2 of 4 shown items, user 5 none of 2: the mean of 0.5 and 0 is 0.25."""
        many = [shown(4, 1, 2), shown(4, 2, 3), shown(5, 1, 9)]
        many[0].clicked.update({1, 2})
        (arm,) = arms_of(many, 16)
        assert (arm.policy, arm.arm, arm.answers, arm.users, arm.shown, arm.clicked) == ("svd", None, 3, 2, 6, 2)
        assert arm.click_through.value == 0.25
        assert arm.coverage == 4 / 16

    def test_the_interval_is_students_over_users(self):
        """Clicked 0, 1, 2 or 3 of ten: the mean is 0.15, the sum of squares 0.05, the error sqrt(0.05 / 3 / 4)."""
        many = [shown(user, *range(10)) for user in range(4)]
        for user, one in enumerate(many):
            one.clicked.update(range(user))
        (found,) = arms_of(many, 10)
        reach = t.ppf(0.975, 3) * (0.05 / 3 / 4) ** 0.5
        assert found.click_through.value == pytest.approx(0.15)
        assert found.click_through.low == max(0, round(0.15 - reach, 6))
        assert found.click_through.high == pytest.approx(0.15 + reach, abs=1e-6)

    @pytest.mark.parametrize("users", [1, 20])
    def test_where_nobody_clicked_the_interval_is_that_of_wilson(self, users):
        (found,) = arms_of([shown(user, 1, 2) for user in range(users)], 10)
        low, high = wilson(0, users, 0.05)
        assert (found.click_through.value, found.click_through.low) == (0, low)
        assert found.click_through.high == pytest.approx(high, abs=1e-6)

    def test_arms_are_apart_and_anonymous_sessions_are_no_users(self):
        many = [shown(4, 1, arm="svd"), shown(5, 1), shown(None, 2), shown(None, 3, policy="random")]
        found = [(one.policy, one.arm, one.answers, one.users) for one in arms_of(many, 10)]
        assert found == [("random", None, 1, 0), ("svd", None, 2, 1), ("svd", "svd", 1, 1)]
        assert arms_of(many, 10)[0].click_through is None
