import numpy as np
import pytest

from recommender.log.histories import DAY
from recommender_lab.feedback.schedules import (
    TRANSITIONS,
    Arm,
    ModelVersion,
    arms,
    event_weights,
    rounds_by_version,
)
from tests.knowing import params_of

REPLAY = params_of(replay={"half_life_days": 10, "window_days": 20}).replay


def before(schedule, number, first, every):
    """The round before which the model that serves a round was fitted."""
    return Arm(TRANSITIONS, "all", schedule).version(number, first, every).before


def test_the_round_before_which_a_model_was_fitted():
    expected = {"never": [8] * 6, "every_n": [8, 8, 8, 11, 11, 11], "every_round": [8, 9, 10, 11, 12, 13]}
    for schedule, rounds in expected.items():
        assert [before(schedule, number, first=8, every=3) for number in range(8, 14)] == rounds, schedule
    assert [before("every_n", number, 3, 1) for number in range(3, 9)] == list(range(3, 9))


def test_each_version_is_fitted_once_for_all_arms_that_need_it():
    both = [Arm(TRANSITIONS, "all", "never"), Arm(TRANSITIONS, "all", "every_n")]
    assert rounds_by_version(both, range(3, 7), every=2) == {
        ModelVersion(TRANSITIONS, "all", 3): [3, 4, 5, 6],
        ModelVersion(TRANSITIONS, "all", 5): [5, 6],
    }


def test_weights_by_hand():
    time = np.array([0, 10, 20, 30]) * DAY
    found = {name: event_weights(time, 30 * DAY, name, REPLAY).tolist() for name in ("all", "recent", "window")}
    assert found == {"all": [1, 1, 1, 1], "recent": [0.125, 0.25, 0.5, 1], "window": [0, 1, 1, 1]}


def test_a_long_half_life_gives_equal_weights():
    settings = REPLAY.model_copy(update={"half_life_days": 1e9})
    assert event_weights(np.arange(5) * DAY, 9 * DAY, "recent", settings) == pytest.approx(np.ones(5))


def test_every_weighting_meets_every_schedule():
    names = [arm.name for arm in arms(REPLAY)]
    assert len(names) == len(set(names)) == 3 * 3 + 2
    assert names[0] == "transitions_all_never"
    assert names[-1] == "two_stage_all_every_n"
