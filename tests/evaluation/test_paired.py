import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from recommender.evaluation import paired

PAIRS = [("new", "old")]


def chance(seed=0):
    return np.random.default_rng(seed)


def tables(new, old):
    return {"new": pd.DataFrame({"m@1": new}, dtype=float), "old": pd.DataFrame({"m@1": old}, dtype=float)}


def only(new, old, resamples=500, seed=0):
    return paired.differences(tables(new, old), PAIRS, chance(seed), resamples)["new_minus_old"]["m@1"]


def test_difference_and_ratio_of_the_means():
    found = only([1, 1, 0, 1], [1, 0, 0, 0])
    assert found["difference"] == 3 / 4 - 1 / 4
    assert found["ratio"] == (3 / 4) / (1 / 4)
    assert set(found) == {"difference", "low", "high", "p_value", "ratio", "users"}


def test_an_identical_policy_differs_by_nothing():
    values = chance(1).random(50)
    found = only(values, values)
    assert (found["difference"], found["p_value"], found["ratio"], found["users"]) == (0, 1, 1, 50)


def test_users_who_differ_alike_could_be_so_by_chance():
    """Wilson's interval of 0 in 3 others ends at 3.8415 / (3 + 3.8415) = 0.5615: they may be anywhere in -1 to 1."""
    found = only([1, 0.5, 0.75], [0.5, 0, 0.25])
    assert (found["low"], found["high"]) == pytest.approx((0.5 - 0.5615 * 1.5, 0.5 + 0.5615 * 0.5), abs=1e-4)


def test_the_sign_turns_with_the_pair():
    one, other = chance(2).random((2, 40))
    forth, back = only(one, other), only(other, one)
    assert forth["difference"] == -back["difference"]
    assert forth["p_value"] == back["p_value"]
    assert forth["low"] == pytest.approx(-back["high"], abs=0.02)


def test_users_without_a_value_on_both_sides_are_left_out():
    found = only([1, np.nan, 0.5], [0.5, 9, np.nan])
    assert (found["difference"], found["ratio"], found["users"]) == (0.5, 2, 1)


def test_nothing_to_compare_is_undefined():
    found = paired.differences(tables([np.nan, 1], [1, np.nan]), PAIRS, chance(), 100)
    assert found == {"new_minus_old": {}}
    assert np.isnan(paired.sign_flip_p_values(np.full((3, 1), np.nan), chance(), 100)).all()


def test_a_ratio_to_nothing_is_undefined():
    found = only([1, 1], [0, 0])
    assert np.isnan(found["ratio"])
    assert found["difference"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_p_value_agrees_with_the_exact_permutation_test_of_scipy(seed):
    gaps = chance(seed).normal(0.4, 1, 12)
    theirs = stats.permutation_test((gaps,), np.mean, permutation_type="samples", n_resamples=np.inf)
    mine = paired.sign_flip_p_values(gaps[:, None], chance(seed), 20_000)[0]
    assert mine == pytest.approx(theirs.pvalue, abs=0.02)


def test_p_value_agrees_with_all_sign_patterns_when_sums_tie():
    gaps = np.array([1, 1, -1, 1, 0, 0, 1, 1.0])
    sums = [abs(np.dot(signs, gaps)) for signs in itertools.product([-1, 1], repeat=len(gaps))]
    exact = np.mean([reached >= abs(gaps.sum()) for reached in sums])
    assert paired.sign_flip_p_values(gaps[:, None], chance(), 20_000)[0] == pytest.approx(exact, abs=0.02)


def test_p_values_are_uniform_when_nothing_differs():
    gaps = chance(3).normal(0, 1, (60, 400))
    p_values = paired.sign_flip_p_values(gaps, chance(4), 999)
    assert stats.kstest(p_values, "uniform").pvalue > 0.001
    assert 6 <= (p_values <= 0.05).sum() <= 36  # 20 expected, 4.4 is the standard error


def test_a_large_difference_has_the_smallest_p_value():
    assert paired.sign_flip_p_values(np.full((60, 1), 0.5), chance(), 999)[0] == 1 / 1000


def test_the_paired_interval_is_narrower_than_that_of_unrelated_users():
    base = chance(5).random(300)
    paired, unrelated = only(base + 0.1, base), only(base + 0.1, base[::-1])
    assert paired["high"] - paired["low"] < 0.03
    assert unrelated["high"] - unrelated["low"] > 0.05


def test_the_interval_holds_the_true_difference_95_times_in_100():
    """Of 300 samples of 60 users, 285 are expected to hold it; 3.8 is the standard error."""
    draws = chance(6)
    columns = [f"m@{place}" for place in range(1, 301)]
    old = pd.DataFrame(draws.random((60, 300)), columns=columns)
    new = old + draws.normal(0.2, 0.5, (60, 300))
    found = paired.differences({"new": new, "old": old}, PAIRS, chance(7), 500)["new_minus_old"]
    assert 268 <= sum(values["low"] <= 0.2 <= values["high"] for values in found.values()) <= 297


def test_pairs_and_metrics_meet_their_own_values():
    frames = {
        name: pd.DataFrame({"x": [base, base], "y": [base * 10, base * 10]})
        for name, base in {"a": 1.0, "b": 2.0, "c": 4.0}.items()
    }
    found = paired.differences(frames, [("b", "a"), ("c", "b")], chance(), 100)
    assert {pair: {name: each["difference"] for name, each in values.items()} for pair, values in found.items()} == {
        "b_minus_a": {"x": 1, "y": 10},
        "c_minus_b": {"x": 2, "y": 20},
    }


def test_chunks_do_not_change_the_result(monkeypatch):
    gaps = chance(8).normal(0.1, 1, (21, 3))
    whole = paired.sign_flip_p_values(gaps, chance(), 101)
    monkeypatch.setattr("recommender.evaluation.intervals._CELLS", 21 * 5)
    assert (paired.sign_flip_p_values(gaps, chance(), 101) == whole).all()


def test_the_input_is_left_alone():
    frames = tables([1, np.nan], [0, 1])
    copies = {name: frame.copy() for name, frame in frames.items()}
    paired.differences(frames, PAIRS, chance(), 100)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, copies[name])
