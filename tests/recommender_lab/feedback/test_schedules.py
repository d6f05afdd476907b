import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.feedback.schedules import DAY, arms, event_weights, refreshed
from tests.knowing import params_of

REPLAY = params_of(replay={"half_life_days": 10, "window_days": 20}).replay


@pytest.mark.parametrize(
    ("schedule", "served"),
    [("never", [8, 8, 8, 8, 8, 8]), ("every_n", [8, 8, 8, 11, 11, 11]), ("every_round", [8, 9, 10, 11, 12, 13])],
)
def test_the_round_before_which_a_model_was_fitted(schedule, served):
    assert [refreshed(schedule, number, first=8, every=3) for number in range(8, 14)] == served


@given(st.sampled_from(["never", "every_n", "every_round"]), st.integers(0, 9), st.integers(0, 50), st.integers(1, 9))
def test_a_model_is_never_from_the_future(schedule, first, later, every):
    before = refreshed(schedule, first + later, first, every)
    assert first <= before <= first + later
    assert schedule != "every_n" or first + later - before < every


def test_every_round_is_every_n_with_one():
    assert [refreshed("every_n", number, 3, 1) for number in range(3, 9)] == list(range(3, 9))


def test_weights_by_hand():
    time = np.array([0, 10, 20, 30]) * DAY
    found = {name: event_weights(time, 30 * DAY, name, REPLAY).tolist() for name in ("all", "recent", "window")}
    assert found == {"all": [1, 1, 1, 1], "recent": [0.125, 0.25, 0.5, 1], "window": [0, 1, 1, 1]}


def test_a_long_half_life_weighs_all_alike():
    settings = params_of(replay={"half_life_days": 1e9}).replay
    assert event_weights(np.arange(5) * DAY, 9 * DAY, "recent", settings) == pytest.approx(np.ones(5))


def test_every_weighting_meets_every_schedule():
    names = [arm.name for arm in arms(REPLAY)]
    assert len(names) == len(set(names)) == 3 * 3 + 2
    assert names[0] == "transitions_all_never"
    assert names[-1] == "two_stage_all_every_n"
