from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.evaluation.reference import build
from recommender_lab.feedback.loop_metrics import gini, measure_rounds, online_metrics, slate_metrics, summarise
from tests.logs import histories_of
from tests.recommender_lab.feedback.visiting import TWO, visits_of

# Four users: two have item 0, one has 1, one has 2, all have 3; 0 and 1 share their genre, 2 has another, 3 has none.
MET = pd.DataFrame(
    [(1, 0), (2, 0), (1, 1), (2, 2), *((user, 3) for user in range(1, 5))], columns=["user_id", "item_id"]
)
FILMS = pd.DataFrame({"item_id": range(4), "genre_a": [1, 1, 0, 0], "genre_b": [0, 0, 1, 0]})
REFERENCE = build(MET, MET, FILMS)
ALL = np.ones(4, dtype=bool)
exposures = st.lists(st.integers(0, 50), min_size=1, max_size=20).filter(any)


def test_online_by_hand():
    """Two of four slots clicked by one of two visitors, each film watched to 4/5; one of the two comes back."""
    assert online_metrics(TWO, highest=5.0) == {
        "visitors": 2,
        "click_through_rate": 0.5,
        "clicks_per_visit": 1.0,
        "watch_time": pytest.approx(0.8),
        "session_length": 1.0,
        "return_rate": 0.5,
        "liked": 0.5,
    }


def test_no_watch_time_without_a_rating_above_zero():
    for highest in (0.0, -1.0):
        measured = online_metrics(TWO, highest)
        assert np.isnan(measured.pop("watch_time"))
        assert not np.isnan(list(measured.values())).any()


def test_only_what_was_shown_counts():
    """The second slate of the first user was not reached, and the second user was not served at all."""
    found = visits_of(
        pools=[[[0, 1], [2, 3]], [[-1, -1], [-1, -1]]],
        place=[[[0, 1], [0, 1]], [[0, 1], [0, 1]]],
        click=[[[1, 0], [0, 0]], [[0, 0], [0, 0]]],
        seen=[[True, False], [False, False]],
    )
    measured = online_metrics(found, 5.0)
    assert [measured[name] for name in ("visitors", "click_through_rate", "session_length", "return_rate")] == [
        1,
        0.5,
        1,
        1,
    ]
    assert slate_metrics(found, REFERENCE, ALL)["coverage"] == 2 / 4


def test_shown_by_hand():
    """Items 0, 2 and 0, 1: three of four; genres 1, 2 differ and 1, 1 do not; shares 1/2, 1/4 are 1 and 2 bits."""
    assert slate_metrics(TWO, REFERENCE, ALL) == pytest.approx(
        {"coverage": 0.75, "gini": 0.375, "diversity": 0.5, "novelty": 1.5, "popularity": 0.375}
    )


def test_the_catalogue_is_what_may_be_shown():
    assert slate_metrics(TWO, REFERENCE, np.array([True, True, True, False]))["coverage"] == 1


def test_nobody_came():
    empty = visits_of(np.zeros((0, 1, 3), dtype=int), np.zeros((0, 1, 2), dtype=int), np.zeros((0, 1, 2)))
    measured = online_metrics(empty, 5.0) | slate_metrics(empty, REFERENCE, ALL)
    assert measured.pop("visitors") == 0
    assert all(np.isnan(value) for value in measured.values())


def test_drift_is_counted_from_the_first_round():
    """Item 3 has four users of four, items 0 to 2 have 2, 1 and 1: a drift of 1 - 3/8 = 5/8 from round 1 to round 2."""
    world = SimpleNamespace(scale=(1.0, 5.0), reference=REFERENCE, original=histories_of({1: "abcd"}))
    later = visits_of([[[3, 3, 0]]], [[[0, 1]]], [[[0, 0]]])
    rows = measure_rounds(world, "x", [TWO, later])
    assert [(row["arm"], row["round"]) for row in rows] == [("x", 1), ("x", 2)]
    assert [row["popularity_drift"] for row in rows] == [0, 1 - 0.375]


def test_the_summary_has_first_last_and_mean_of_each_arm():
    rows = [{"arm": arm, "round": at, "ctr": value} for arm, at, value in (("a", 1, 1.0), ("a", 2, 3.0), ("b", 1, 5.0))]
    assert summarise(rows) == {
        "a": {
            "first_round": {"round": 1, "ctr": 1.0},
            "last_round": {"round": 2, "ctr": 3.0},
            "mean": {"ctr": 2.0},
        },
        "b": {
            "first_round": {"round": 1, "ctr": 5.0},
            "last_round": {"round": 1, "ctr": 5.0},
            "mean": {"ctr": 5.0},
        },
    }


def test_gini_by_hand():
    for exposure, value in (([1, 1, 1, 1], 0.0), ([0, 0, 0, 9], 0.75), ([1, 3], 0.25), ([0, 1, 2, 3], 5 / 12)):
        assert gini(np.array(exposure)) == pytest.approx(value), exposure


@given(exposures)
def test_gini_is_half_the_mean_difference_over_the_mean(exposure):
    values = np.array(exposure)
    by_pairs = np.abs(values[:, None] - values).mean() / (2 * values.mean())
    assert gini(values) == pytest.approx(by_pairs, abs=1e-12)


@given(exposures, st.integers(2, 5))
def test_gini_depends_on_shares_and_not_on_order(exposure, times):
    values = np.array(exposure)
    assert gini(values[::-1] * times) == pytest.approx(gini(values), abs=1e-12)
    assert 0 <= gini(values) + 1e-12 < 1


def test_nothing_shown_has_no_inequality():
    assert np.isnan(gini(np.zeros(4, dtype=np.int64)))
