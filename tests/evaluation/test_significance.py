import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recommender.evaluation.paired import differences
from recommender.evaluation.significance import CLEAR, TOO_FEW, holm, power, smallest_detectable, verdict, wilson


def verdicts(one, other):
    """The verdict on each pair of columns, (users, logs)."""
    tables = {
        name: pd.DataFrame(values, columns=[f"log@{at}" for at in range(values.shape[1])])
        for name, values in {"one": one, "other": other}.items()
    }
    found = differences(tables, [("one", "other")], np.random.default_rng(1), 1000)["one_minus_other"]
    return [verdict(values) for values in found.values()]


def gains(users, logs, hit, seed):
    """NDCG of lists that hold the one relevant item with some probability, at any of ten ranks."""
    random = np.random.default_rng(seed)
    return (random.random((users, logs)) < hit) / np.log2(random.integers(2, 12, (users, logs)))


class TestVerdict:
    @pytest.mark.parametrize("users", [1, 2, 9, 10, 12, 20, 50])
    @pytest.mark.parametrize("hit", [0.1, 0.25, 0.6])
    def test_where_nothing_differs_at_most_6_of_100_logs_are_called_clear(self, users, hit):
        found = verdicts(gains(users, 1000, hit, users), gains(users, 1000, hit, users + 100))
        assert found.count(CLEAR) <= 60
        assert (found.count(TOO_FEW) == 1000) == (users < 10)

    def test_a_large_difference_of_some_dozen_users_is_found(self):
        assert verdicts(gains(40, 200, 0.9, 1), gains(40, 200, 0.1, 2)).count(CLEAR) >= 190

    @pytest.mark.parametrize(("changed", "expected"), [
        ({}, "a clear difference"),
        ({"users": 9}, "too few users to tell"),
        ({"p_value": 0.051}, "within noise"),
        ({"low": 0.0}, "within noise"),
        ({"low": -0.2, "high": 0.0}, "within noise"),
    ])  # fmt: skip
    def test_both_the_p_value_and_the_interval_must_say_so(self, changed, expected):
        assert verdict({"users": 10, "low": 0.1, "high": 0.2, "p_value": 0.05} | changed) == expected


class TestHolm:
    def test_an_example_by_hand(self):
        """Sorted 0.005, 0.01, 0.03, 0.04 become 4 x 0.005, 3 x 0.01, 2 x 0.03, and 0.04 may not go below 0.06."""
        assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])

    def test_no_p_value_exceeds_1(self):
        assert holm(np.array([0.9, 0.6])).tolist() == [1, 1]

    def test_what_was_not_tested_does_not_count(self):
        found = holm(np.array([np.nan, 0.03, np.nan, 0.02]))
        assert found[[1, 3]] == pytest.approx([0.04, 0.04])
        assert np.isnan(found[[0, 2]]).all()

    @pytest.mark.parametrize("empty", [[], [np.nan, np.nan]])
    def test_nothing_tested(self, empty):
        assert np.isnan(holm(np.array(empty))).all()

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.randoms())
    def test_the_order_does_not_matter_and_none_gets_smaller(self, p_values, random):
        values, order = np.array(p_values), list(range(len(p_values)))
        random.shuffle(order)
        assert (holm(values[order]) == holm(values)[order]).all()
        assert (holm(values) >= values).all()
        assert (holm(values) <= np.minimum(values * len(values), 1) + 1e-12).all()

    def test_families_of_nothing_raise_an_alarm_in_5_of_100(self):
        p_values = np.random.default_rng(0).random((4000, 6))
        alarms = np.mean([holm(family).min() <= 0.05 for family in p_values])
        assert alarms == pytest.approx(0.05, abs=0.0104)  # three standard errors


class TestPower:
    def test_without_an_effect_it_is_alpha(self):
        assert power(0, 1, 0.05) == pytest.approx(0.05)

    def test_the_smallest_detectable_effect_is_found_as_often_as_asked(self):
        effect = float(smallest_detectable(0.3, 0.05, 0.8))
        assert effect == pytest.approx((1.959964 + 0.841621) * 0.3, abs=1e-6)
        assert power(effect, 0.3, 0.05) == pytest.approx(0.8, abs=1e-5)

    @pytest.mark.parametrize("effect", [0.0, 0.5, -1.0, 2.5])
    def test_it_is_the_share_of_normal_tests_that_reject(self, effect):
        draws = np.random.default_rng(1).normal(effect, 1, 200_000)
        share = (2 * stats.norm.sf(np.abs(draws)) <= 0.05).mean()
        assert power(effect, 1, 0.05) == pytest.approx(share, abs=0.004)

    @pytest.mark.parametrize("error", [0.0, float("nan")])
    def test_without_an_error_it_is_undefined(self, error):
        assert np.isnan(power(1, error, 0.05))


class TestWilson:
    @pytest.mark.parametrize(("successes", "trials"), [(0, 10), (1, 10), (5, 10), (10, 10), (66, 456), (3, 471)])
    @pytest.mark.parametrize("alpha", [0.05, 0.2])
    def test_it_is_scipys(self, successes, trials, alpha):
        theirs = stats.binomtest(successes, trials).proportion_ci(1 - alpha, method="wilson")
        assert wilson(successes, trials, alpha) == pytest.approx((theirs.low, theirs.high), abs=1e-12)

    @pytest.mark.parametrize(("rate", "trials"), [(0.14, 456), (0.27, 487), (0.08, 185)])
    def test_it_holds_the_true_rate_95_times_in_100(self, rate, trials):
        drawn = np.random.default_rng(2).binomial(trials, rate, 2000)
        of = {clicks: wilson(clicks, trials, 0.05) for clicks in set(drawn.tolist())}
        held = [of[clicks][0] <= rate <= of[clicks][1] for clicks in drawn.tolist()]
        assert np.mean(held) == pytest.approx(0.95, abs=0.02)
