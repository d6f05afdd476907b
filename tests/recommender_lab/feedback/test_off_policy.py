import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.feedback.off_policy import ESTIMATORS, Logged, direct, doubly_robust, ips, naive, snips


def logged(clicks, propensity, target, predicted=None, expected=None):
    clicks = np.array(clicks, dtype=np.float64)
    predicted = np.zeros_like(clicks) if predicted is None else np.array(predicted)
    expected = np.zeros(clicks.shape[:-1]) if expected is None else np.array(expected)
    return Logged(clicks, np.array(propensity), np.array(target, dtype=np.float64), predicted, expected)


# Two slates of two slots. Weights 2 and 0, then 0 and 4.
LOG = logged([[1, 1], [0, 1]], [[0.5, 0.5], [0.2, 0.25]], [[1, 0], [0, 1]], [[0.5, 0.2], [0.1, 0.75]], [0.8, 0.6])


class TestByHand:
    def test_naive_counts_clicks(self):
        assert naive(LOG).value == (2 + 1) / 2

    def test_ips(self):
        """2 * 1 + 0 and 0 + 4 * 1; standard error of the mean of 2 and 4: sqrt(2) / sqrt(2) = 1."""
        found = ips(LOG)
        assert found.value == (2 + 4) / 2
        assert (found.low, found.high) == pytest.approx((3 - 1.959964, 3 + 1.959964))

    def test_snips(self):
        """Two slots, weighted clicks 6, weights 6."""
        assert snips(LOG).value == 2 * 6 / 6

    def test_the_interval_of_snips_is_that_of_a_ratio(self):
        """Clicks * 2 - value * weights: 2 * 2 - 2 * 2 = 0 and 2 * 4 - 2 * 4 = 0: no doubt left."""
        found = snips(LOG)
        assert (found.low, found.high) == (2, 2)

    def test_direct(self):
        assert direct(LOG).value == pytest.approx(0.7)

    def test_doubly_robust(self):
        """0.8 + 2 (1 - 0.5) = 1.8 and 0.6 + 4 (1 - 0.75) = 1.6."""
        assert doubly_robust(LOG).value == pytest.approx(1.7)


def test_without_a_reward_model_doubly_robust_is_ips():
    blind = logged(LOG.clicks, LOG.propensity, LOG.target)
    assert vars(doubly_robust(blind)) == vars(ips(blind))


def test_the_same_policy_is_estimated_by_what_it_earned():
    same = logged([[1, 0, 1], [0, 0, 1]], np.full((2, 3), 0.3), np.full((2, 3), 0.3))
    assert [ESTIMATORS[name](same).value for name in ("naive", "ips", "snips")] == pytest.approx([1.5] * 3)


@given(st.integers(2, 20), st.integers(1, 4), st.integers(0, 9))
def test_many_logs_at_once_are_each_alone(n, k, seed):
    random = np.random.default_rng(seed)
    shape = (3, n, k)
    together = Logged(
        random.integers(0, 2, shape).astype(float),
        random.uniform(0.1, 1, shape),
        random.random(shape),
        random.random(shape),
        random.random(shape[:2]),
    )
    for estimator in ESTIMATORS.values():
        found = estimator(together)
        assert (found.low <= found.value).all()
        assert (found.value <= found.high).all()
        for at in range(3):
            alone = estimator(Logged(**{name: value[at] for name, value in vars(together).items()}))
            assert (alone.value, alone.low, alone.high) == pytest.approx(
                (found.value[at], found.low[at], found.high[at])
            )
