import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from threadpoolctl import threadpool_limits

from recommender.evaluation import intervals
from recommender.evaluation.beyond_accuracy import coverage


def chance(seed=0):
    return np.random.default_rng(seed)


def test_the_interval_holds_the_true_mean_95_times_in_100():
    """Of 400 samples of 80 users, 380 are expected to hold the mean; 4.4 is the standard error."""
    samples = chance(1).exponential(2.0, size=(80, 400))
    low, high = intervals.bounds(intervals.resampled_means(samples, chance(2), 600))
    assert 360 <= ((low <= 2) & (high >= 2)).sum() <= 392


def test_the_interval_agrees_with_scipy():
    values = chance(3).random(200)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=4000, rng=chance(4))
    low, high = intervals.bounds(intervals.resampled_means(values[:, None], chance(5), 4000))
    assert [low[0], high[0]] == pytest.approx(list(theirs.confidence_interval), abs=0.003)


def test_more_users_give_a_narrower_interval():
    values = (chance(6).random((1600, 1)) < 0.2).astype(float)
    widths = []
    for users in (100, 1600):
        low, high = intervals.bounds(intervals.resampled_means(values[:users], chance(), 500))
        widths.append(high[0] - low[0])
    assert widths[0] / widths[1] == pytest.approx(np.sqrt(1600 / 100), rel=0.4)


@pytest.mark.parametrize("hits", [0, 9])
def test_a_rate_that_everybody_shares_has_the_interval_of_wilson(hits):
    values = np.full((9, 1), hits / 9)
    low, high = intervals.mean_intervals(values, np.zeros(1), np.ones(1), chance(), 100)
    theirs = stats.binomtest(hits, 9).proportion_ci(method="wilson")
    assert [low[0], high[0]] == pytest.approx(list(theirs), abs=1e-9)


def test_a_value_above_one_may_reach_the_largest_seen():
    """u of one user is 3.8415 / 4.8415 = 0.7934: novelty 4 of 8 may be 4 - 4u to 4 + 4u."""
    tables = {"a": pd.DataFrame({"novelty@5": [4.0]}), "b": pd.DataFrame({"novelty@5": [8.0]})}
    found = intervals.bootstrap(tables, chance(), 100)["a"]["novelty@5"]
    assert found == pytest.approx({"low": 0.8262, "high": 7.1738}, abs=1e-4)


def test_undefined_values_are_left_out_of_every_resample():
    values = np.array([[np.nan, 0.5], [np.nan, 0.5], [0.5, 0.5]])
    means = intervals.resampled_means(values, chance(), 200)
    assert set(means[~np.isnan(means[:, 0]), 0]) == {0.5}
    assert np.isnan(means[:, 0]).mean() == pytest.approx((2 / 3) ** 3, abs=0.1)
    assert set(means[:, 1]) == {0.5}


def test_a_column_without_values_has_no_interval():
    low, high = intervals.bounds(intervals.resampled_means(np.full((5, 1), np.nan), chance(), 100))
    assert np.isnan([low[0], high[0]]).all()


def test_many_users_are_resampled_in_groups_whose_values_add_up(monkeypatch):
    monkeypatch.setattr(intervals, "MOST_UNITS", 2)
    assert intervals.together(np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])).tolist() == [[1 + 3 + 5], [2 + 4]]
    assert intervals.together(np.array([[1.0], [2.0]])).tolist() == [[1], [2]]


def test_groups_of_users_give_intervals_as_wide_as_users_do(monkeypatch):
    values = np.where(chance(3).random((3001, 1)) < 0.2, np.nan, chance(4).random((3001, 1)))
    apart = np.subtract(*intervals.bounds(intervals.resampled_means(values, chance(), 2000)))
    monkeypatch.setattr(intervals, "MOST_UNITS", 500)
    grouped = intervals.resampled_means(values, chance(), 2000)
    assert np.subtract(*intervals.bounds(grouped)) == pytest.approx(apart, rel=0.15)
    assert grouped.mean() == pytest.approx(np.nanmean(values), abs=0.001)


def test_chunks_do_not_change_the_result(monkeypatch):
    values = chance(7).random((50, 3))
    whole = intervals.resampled_means(values, chance(), 101)
    monkeypatch.setattr(intervals, "_CELLS", 50 * 7)
    assert (intervals.resampled_means(values, chance(), 101) == whole).all()


@given(st.integers(1, 10**7), st.integers(1, 5000))
def test_chunks_add_up_and_stay_small(users, resamples):
    sizes = list(intervals.chunks(users, resamples))
    assert sum(sizes) == resamples
    assert max(sizes) * users <= max(intervals._CELLS, users)


def test_sums_are_exact_in_any_order_and_on_any_number_of_threads():
    values = intervals.to_units(chance(8).random((5000, 7)) * 17)
    times = chance(9).integers(0, 5, (40, 5000)).astype(float)
    order = chance(10).permutation(5000)
    found = intervals.product(times, values)
    with threadpool_limits(2):
        assert (times[:, order] @ values[order] == found).all()


def test_units_cost_less_than_the_sixth_decimal():
    values = chance(11).random(1000) * 17
    assert np.abs(intervals.to_units(values) * 2.0**-24 - values).max() < 1e-7


def test_the_input_is_left_alone():
    values = np.array([[np.nan, 1.0], [0.3, 2.0]])
    copy = values.copy()
    intervals.resampled_means(values, chance(), 100)
    np.testing.assert_array_equal(values, copy)


def test_policies_share_their_resamples():
    one = pd.DataFrame({"hit@5": chance(12).random(30)})
    found = intervals.bootstrap({"a": one, "b": one, "c": one + 1}, chance(), 200)
    assert found["a"] == found["b"]
    assert found["c"]["hit@5"]["low"] - 1 == pytest.approx(found["a"]["hit@5"]["low"], abs=1e-6)


def test_names_meet_their_own_values():
    tables = {
        name: pd.DataFrame({"x": [base, base + 0.5], "y": [base + 1, base + 1.5]})
        for name, base in {"a": 2.0, "b": 5.0}.items()
    }
    found = intervals.bootstrap(tables, chance(), 100)
    assert found["a"]["y"] == {"low": 3, "high": 3.5}
    assert found["b"]["x"] == {"low": 5, "high": 5.5}


def test_every_aggregate_has_an_interval():
    tables = {"a": pd.DataFrame({"hit@1": [0.0, 1.0], "hit@2": [1.0, 1.0]})}
    lists = {"a": np.array([[0, 1], [0, 2]], np.int32)}
    found = intervals.estimate(tables, lists, 4, [1, 2], random=chance(), resamples=100)
    assert set(found["a"]) == {"hit@1", "hit@2", "coverage@1", "coverage@2"}


def test_coverage_by_leaving_every_user_out_in_turn():
    lists = chance(13).integers(0, 300, (60, 4)).astype(np.int32)
    lists[5, 2:] = -1
    without = np.array([coverage(np.delete(lists, user, axis=0), 300, 3) for user in range(60)])
    spread = np.sqrt((60 - 1) / 60 * ((without - without.mean()) ** 2).sum())
    found = intervals.coverage_interval(lists, 300, 3)
    middle = coverage(lists, 300, 3)
    assert found == pytest.approx({"low": middle - 1.959964 * spread, "high": middle + 1.959964 * spread})


def test_coverage_that_no_single_user_changes_has_a_width_too():
    """u of 5 users is 3.8415 / 8.8415 = 0.4345: 0.25 - 0.25u to 0.25 + 0.75u."""
    found = intervals.coverage_interval(np.zeros((5, 1), np.int32), 4, 1)
    assert found == pytest.approx({"low": 0.1414, "high": 0.5759}, abs=1e-4)


def test_the_interval_of_coverage_stays_within_zero_and_one():
    full = intervals.coverage_interval(np.array([[0, 1, 2], [3, -1, -1]], np.int32), 4, 3)
    assert (full["low"], full["high"]) == (pytest.approx(1 - 1.959964 * 1 / 4), 1)
    lists = np.full((5, 20), -1, np.int32)
    lists[0] = range(20)
    assert intervals.coverage_interval(lists, 1000, 20)["low"] == 0


def test_the_interval_of_coverage_is_wide_enough():
    """Over new samples of users, coverage@3 falls at least 95 times in 100 within the interval around its mean."""
    share = 1 / np.arange(1, 301)
    draws = chance(14)
    samples = [draws.choice(300, (100, 3), p=share / share.sum()).astype(np.int32) for _ in range(200)]
    expected = np.mean([coverage(lists, 300, 3) for lists in samples])
    found = [intervals.coverage_interval(lists, 300, 3) for lists in samples]
    assert np.mean([ends["low"] <= expected <= ends["high"] for ends in found]) >= 0.93
