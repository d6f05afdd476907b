import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.feedback.off_policy import (
    ESTIMATORS,
    LoggedSlates,
    RewardModel,
    direct,
    doubly_robust,
    ips,
    naive,
    snips,
)
from tests.recommender_lab.feedback.visiting import TWO, visits_of


def logged(clicks, propensity, target, predicted=None, expected=None):
    clicks = np.array(clicks, dtype=np.float64)
    predicted = np.zeros_like(clicks) if predicted is None else np.array(predicted)
    expected = np.zeros(clicks.shape[:-1]) if expected is None else np.array(expected)
    return LoggedSlates(clicks, np.array(propensity), np.array(target, dtype=np.float64), predicted, expected)


# Two slates of two slots. Weights 2 and 0, then 0 and 4.
LOG = logged([[1, 1], [0, 1]], [[0.5, 0.5], [0.2, 0.25]], [[1, 0], [0, 1]], [[0.5, 0.2], [0.1, 0.75]], [0.8, 0.6])


class TestByHand:
    def test_naive_counts_clicks(self):
        assert naive(LOG).value == (2 + 1) / 2

    def test_ips(self):
        """2 * 1 + 0 and 0 + 4 * 1; standard error of the mean of 2 and 4: sqrt(2) / sqrt(2) = 1."""
        found = ips(LOG)
        assert found.value == (2 + 4) / 2
        assert found.interval() == pytest.approx((3 - 1.959964, 3 + 1.959964))

    def test_snips(self):
        """Two slots, weighted clicks 6, weights 6."""
        assert snips(LOG).value == 2 * 6 / 6

    def test_the_interval_of_snips_is_that_of_a_ratio(self):
        """Clicks * 2 - value * weights: 2 * 2 - 2 * 2 = 0 and 2 * 4 - 2 * 4 = 0: no doubt left."""
        found = snips(LOG)
        assert found.interval() == (2, 2)

    def test_direct(self):
        assert direct(LOG).value == pytest.approx(0.7)

    def test_doubly_robust(self):
        """0.8 + 2 (1 - 0.5) = 1.8 and 0.6 + 4 (1 - 0.75) = 1.6."""
        assert doubly_robust(LOG).value == pytest.approx(1.7)


def test_without_a_reward_model_doubly_robust_is_ips():
    blind = logged(LOG.clicks, LOG.propensity, LOG.target)
    assert doubly_robust(blind) == ips(blind)


def test_the_same_policy_is_estimated_by_what_it_earned():
    same = logged([[1, 0, 1], [0, 0, 1]], np.full((2, 3), 0.3), np.full((2, 3), 0.3))
    assert [ESTIMATORS[name](same).value for name in ("naive", "ips", "snips")] == pytest.approx([1.5] * 3)


@given(st.integers(2, 20), st.integers(1, 4), st.integers(0, 9))
def test_many_logs_at_once_are_each_alone(n, k, seed):
    random = np.random.default_rng(seed)
    shape = (3, n, k)
    together = LoggedSlates(
        random.integers(0, 2, shape).astype(float),
        random.uniform(0.1, 1, shape),
        random.random(shape),
        random.random(shape),
        random.random(shape[:2]),
    )
    for estimator in ESTIMATORS.values():
        found = estimator(together)
        for at in range(3):
            alone = estimator(LoggedSlates(**{name: value[at] for name, value in vars(together).items()}))
            assert (alone.value, alone.error) == pytest.approx((found.value[at], found.error[at]))


def test_reward_model_by_hand():
    """Each rank has one click of two. Item 0: one click where one was expected; item 2: one of 1/2; item 1: none."""
    model = RewardModel.fit([TWO], k=2, n_items=4)
    assert model.rank_rate.tolist() == [0.5, 0.5]
    assert model.item_quality == pytest.approx([2 / 2, 1 / 1.5, 2 / 1.5, 1])
    assert model.predict(np.array([[1, 2]])) == pytest.approx(np.array([[[1 / 3, 2 / 3], [1 / 3, 2 / 3]]]))


def test_slates_that_were_not_shown_do_not_count():
    hidden = visits_of([[[0, 1]], [[0, 1]]], [[[0, 1]], [[0, 1]]], [[[1, 0]], [[0, 0]]], seen=[[True], [False]])
    assert RewardModel.fit([hidden], 2, 2).rank_rate.tolist() == [1, 0]


def test_no_log_predicts_no_click():
    assert RewardModel.fit([], 2, 3).predict(np.array([[0, 1]])).tolist() == [[[0, 0], [0, 0]]]


def test_predictions_are_probabilities():
    often = visits_of([[[0, 1]]] * 9, [[[0, 1]]] * 9, [[[1, 0]]] * 9)
    assert RewardModel.fit([often, TWO], 2, 4).predict(np.arange(4)[None, :]).max() <= 1
