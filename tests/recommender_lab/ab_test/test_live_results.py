"""Who looks at a live experiment every day and stops at the first verdict is wrong as seldom as declared."""

import numpy as np
import pandas as pd
import pytest

from recommender.estimate import Estimate
from recommender_lab.ab_test.live_results import results
from recommender_lab.ab_test.sequential import reach
from tests.recommender_lab.ab_test.peeking import DESIGN, looks, power, verdicts


def table(**arms):
    """One row per user: the same value for all metrics."""
    rows = [("u", arm, 1, value, value, value, value) for arm, values in arms.items() for value in values]
    return pd.DataFrame(
        rows, columns=["user", "arm", "requests", "click_through", "ndcg", "watch_share", "return_rate"]
    )


@pytest.mark.parametrize(("users", "rate"), [(3000, 0.1), (400, 0.02)])
def test_false_alarms_of_who_looks_every_day(users, rate):
    """Any metric on any of 30 days: at 5 % more than 3 of 20 alert 1 time in 63."""
    random = np.random.default_rng(2)
    assert sum(any(map(verdicts, looks(random, users, rate=rate))) for _ in range(20)) <= 3


def test_a_difference_is_found():
    assert power(users=3000, more=0.05, times=3) >= 2


def test_the_interval_against_visible_arithmetic():
    """V = 0.01, t = 0.1: V + t^2 = 0.02, so sqrt(0.01 * 0.02 / 0.01 * (log 2 + 2 log 20))."""
    expected = np.sqrt(0.02 * (np.log(2) + 2 * np.log(20)))
    assert reach(Estimate(0.0, 0.1), 0.05, 0.1) == pytest.approx(expected)
    assert np.isnan(reach(Estimate(0.0, 0.0), 0.05, 0.1))


def test_guard_rails_and_verdicts():
    half, most = np.tile([0.0, 1.0], 5000), np.tile([0.0, 1.0, 1.0, 1.0], 2500)
    cases = [((half, half), "not known yet", "kept"), ((half, most), "higher", "kept"), ((most, half), "lower", "FELL")]
    for (control, treated), verdict, guard in cases:
        found = results(table(svd=control, two_stage=treated), DESIGN, 0.05, 0.2)
        assert found["differences"]["two_stage"]["click_through"]["verdict"] == verdict
        assert found["guards"]["two_stage"] == {"watch_share": guard, "return_rate": guard}


def test_forty_nine_users_are_too_few_for_a_verdict():
    for users, verdict in ((49, "too few users"), (50, "lower")):
        ones, few = np.tile([1.0, 0.9], 100), np.tile([0.0, 0.1], 25)[:users]
        found = results(table(svd=ones, two_stage=few), DESIGN, 0.05, 0.05)
        assert found["differences"]["two_stage"]["ndcg"]["verdict"] == verdict


@pytest.mark.parametrize(("users", "broken"), [((400, 600), 0), ((600, 400), 1)])
def test_the_sample_ratio(users, broken):
    found = results(table(svd=np.ones(users[0]), two_stage=np.ones(users[1])), DESIGN, 0.05, 0.05)
    assert found["sample_ratio"]["broken"] == broken
