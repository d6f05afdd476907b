import numpy as np
import pytest

from recommender.evaluation import corrected, lists, per_user, reference
from tests.evaluation.conftest import events, ranked

# Item 10 has 4 events, item 20 has 1 and item 30 has 1; users 1 and 2 hold out item 10, user 3 item 20, user 4 both
# item 30 and item 99, which the history does not have.
HISTORY = [(5, 10), (6, 10), (7, 10), (8, 10), (5, 20), (6, 30)]
HELD_OUT = [(1, 10), (2, 10), (3, 20), (4, 30), (4, 99)]
SHOWN = {"a": {1: [10], 2: [20, 10], 3: [10], 4: [10, 20, 30]}, "b": {3: [20]}}


@pytest.fixture
def world(items):
    truth = reference.build(events(HELD_OUT), events(HISTORY), items)
    return truth, {name: lists.pad(ranked(shown), truth, 3, name) for name, shown in SHOWN.items()}


def measured(world, k=3):
    """The values of each policy, by weight."""
    truth, shown = world
    return {(row["group"], row["policy"]): row for row in corrected.measure(shown, truth, k)}


def test_gains_by_hand(world):
    truth, shown = world
    assert corrected.gains(shown["a"], truth, 3) == pytest.approx([1, 1 / np.log2(3), 0, 1 / 2])
    assert corrected.gains(shown["a"], truth, 2) == pytest.approx([1, 1 / np.log2(3), 0, 0])


def test_rare_items_count_more(world):
    """Item 10 weighs 1, then 1/2, then 1/4 of items 20 and 30."""
    second, third, found = 1 / np.log2(3), 1 / 2, measured(world)
    for group, weight in (("all alike", 1.0), ("n^-0.5", 0.5), ("1/n", 0.25)):
        assert found[group, "a"]["value"] == pytest.approx((weight * (1 + second) + third) / (2 * weight + 2))
        assert found[group, "b"]["value"] == pytest.approx(1 / (2 * weight + 2))
        assert (found[group, "a"]["users"], found[group, "a"]["items"]) == (4, 3)


def test_errors_by_hand(world):
    """Policy b gains 0, 0, 1, 0, its mean is 1/4; users 1 and 2 share an item, so their misses go together."""
    found, quarter = measured(world)["all alike", "b"], 1 / 4
    assert found["user_error"] == pytest.approx(((3 * quarter**2 + (3 * quarter) ** 2) / 16) ** 0.5)
    assert found["error"] == pytest.approx((((2 * quarter) ** 2 + (3 * quarter) ** 2 + quarter**2) / 16) ** 0.5)
    assert found["error"] > found["user_error"]


def test_with_one_held_out_item_each_the_plain_gain_is_ndcg(items):
    truth = reference.build(events([(1, 30), (2, 20)]), events(HISTORY), items)
    shown = lists.pad(ranked({1: [20, 30], 2: [20]}), truth, 2, "a")
    plain = corrected.measure({"a": shown}, truth, 2)[0]
    assert plain["group"] == "all alike"
    assert plain["value"] == pytest.approx(per_user.measure(shown, truth, [2])["ndcg@2"].mean())


def test_an_interval_has_a_width_and_stays_among_possible_values(world):
    truth, shown = world
    nothing = {"a": np.full_like(shown["a"], -1)}
    for found in corrected.measure(nothing, truth, 3):
        assert found["low"] == found["value"] == 0 < found["high"] < 1


def test_nothing_known_is_held_out(items):
    truth = reference.build(events([(1, 99)]), events(HISTORY), items)
    assert corrected.measure({"a": np.zeros((1, 3), dtype=np.int32)}, truth, 3) == []
