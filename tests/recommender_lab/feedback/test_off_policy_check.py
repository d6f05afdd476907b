import numpy as np
import pytest

from recommender_lab.feedback import off_policy_check
from recommender_lab.feedback.exploration import propensities
from recommender_lab.feedback.off_policy_check import Setting, check, judge

UNBIASED = ("ips", "snips", "doubly_robust")


def setting(n=400, k=3, pool=5, seed=0, predicted=None):
    """The other policy shows the items that are clicked most."""
    random = np.random.default_rng(seed)
    chance = random.uniform(0.05, 0.6, (n, k, pool))
    target = np.argsort(-chance.mean(axis=1), axis=1)[:, :k]
    return Setting(chance, random.uniform(0, 0.5, chance.shape) if predicted is None else predicted(chance), target)


def test_truths_by_hand():
    """One slot, two items, chances 0.2 and 0.6; the other policy shows the second one. 0.5 explores: 3/4 and 1/4."""
    one = Setting(np.array([[[0.2, 0.6]]]), np.zeros((1, 1, 2)), np.array([[1]]))
    assert one.truth == pytest.approx(0.6)
    assert one.logging_truth(0.5) == pytest.approx(0.75 * 0.2 + 0.25 * 0.6)
    assert one.logging_truth(0.0) == pytest.approx(0.2)


def test_a_log_has_the_propensities_of_what_was_shown():
    found = setting().logged(np.array([0, 1]), np.array([[0, 1, 4], [3, 1, 0]]), np.ones((2, 3), dtype=bool), 0.4)
    table = propensities(3, 5, 0.4)
    assert found.propensity.tolist() == [
        [table[0, 0], table[1, 1], table[2, 4]],
        [table[0, 3], table[1, 1], table[2, 0]],
    ]


@pytest.fixture(scope="module")
def checked():
    return check(setting(), 0.5, np.random.default_rng(1), 2000)


class TestOverManyLogs:
    @pytest.mark.parametrize("name", UNBIASED)
    def test_the_bias_is_within_its_interval(self, checked, name):
        assert abs(checked[name]["bias"]) < 2 * (checked[name]["bias_high"] - checked[name]["bias"])

    @pytest.mark.parametrize("name", UNBIASED)
    def test_intervals_hold_the_truth_at_their_rate(self, checked, name):
        assert checked[name]["interval_coverage"] == pytest.approx(0.95, abs=0.02)

    def test_what_is_not_to_be_done_is_biased_and_shows_it(self, checked):
        for name in ("naive", "direct"):
            assert abs(checked[name]["bias"]) > 10 * (checked[name]["bias_high"] - checked[name]["bias"])
            assert checked[name]["interval_coverage"] < 0.5

    def test_normalising_and_a_reward_model_lower_the_error(self, checked):
        assert checked["snips"]["rmse"] < checked["ips"]["rmse"]

    def test_a_right_reward_model_leaves_no_bias_and_less_spread(self):
        right = check(setting(predicted=np.copy), 0.5, np.random.default_rng(2), 500)
        wrong = check(setting(), 0.5, np.random.default_rng(2), 500)
        assert abs(right["direct"]["bias"]) < 0.01
        assert right["doubly_robust"]["interval_width"] < wrong["doubly_robust"]["interval_width"]

    def test_more_exploration_makes_estimates_more_certain(self):
        widths = [check(setting(), x, np.random.default_rng(3), 100)["ips"]["interval_width"] for x in (0.2, 0.5, 1.0)]
        assert widths == sorted(widths, reverse=True)


def test_the_same_seed_gives_the_same_bits():
    first, second = (check(setting(50), 0.3, np.random.default_rng(4), 30) for _ in range(2))
    assert first == second


def test_at_least_one_log_at_a_time(monkeypatch):
    monkeypatch.setattr(off_policy_check, "CELLS", 1)
    assert check(setting(5), 0.3, np.random.default_rng(4), 4)["ips"].keys() >= {"bias", "interval_coverage"}


def test_judging_by_hand():
    """Estimates 1 and 3 of 2.5: the mean is 2, the bias -0.5; the second interval holds the truth."""
    found = judge(np.array([[1.0, 3.0], [0.0, 2.0], [2.0, 4.0]]), 2.5)
    assert (found["mean"], found["bias"], found["interval_coverage"], found["interval_width"]) == (2, -0.5, 0.5, 2)
    assert found["rmse"] == pytest.approx(((1.5**2 + 0.5**2) / 2) ** 0.5)
    assert found["bias_high"] - found["bias"] == pytest.approx(1.959964 * 2**0.5 / 2**0.5)
