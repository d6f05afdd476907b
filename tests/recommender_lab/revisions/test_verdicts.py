import numpy as np
import pytest
from scipy import stats

from recommender.errors import ParameterError
from recommender_lab.revisions.pairing import pair
from recommender_lab.revisions.verdicts import compare
from tests.recommender_lab.revisions.frames import frame

USERS = 400


def chance(seed=0):
    return np.random.default_rng(seed)


def rows(old, new, resamples=2000, margin=0.05):
    paired = pair(frame(old), frame(new))
    return {row.metric: row for row in compare(paired, list(old), chance(), resamples, margin)}


def moved(by, spread=0.1, name="ndcg@10", users=USERS):
    old = chance(1).random(users)
    return rows({name: old}, {name: old + chance(2).normal(by, spread, users)})[name]


def test_both_values_and_their_difference():
    row = rows({"hit@10": [1, 0, 0, 0]}, {"hit@10": [1, 1, 1, 0]})["hit@10"]
    assert (row.policy, row.old, row.new, row.difference) == ("svd", 0.25, 0.75, 0.5)
    assert row.low <= 0.5 <= row.high


def test_users_without_a_value_on_both_sides_are_in_neither_mean():
    row = rows({"diversity@10": [0.5, np.nan, 0.1]}, {"diversity@10": [0.6, 0.9, np.nan]})["diversity@10"]
    assert (row.old, row.new) == (0.5, 0.6)


@pytest.mark.parametrize(
    ("name", "by", "verdict"),
    [
        ("ndcg@10", 0.1, "better"),
        ("hit@10", -0.1, "worse"),
        ("novelty@10", 0.1, "higher"),
        ("popularity@10", -0.1, "lower"),
    ],
)
def test_a_large_difference_is_called(name, by, verdict):
    assert moved(by, name=name).verdict == verdict


def test_a_small_difference_among_many_users_is_none():
    assert moved(0.0, spread=0.05).verdict == "no difference seen"


def test_noise_among_few_users_is_too_little_to_tell():
    assert moved(0.0, spread=0.5, users=30).verdict == "too few users to tell"


def test_without_a_margin_only_the_same_is_no_difference():
    old = chance(1).random(USERS)
    new = old + chance(2).normal(0, 0.01, USERS)
    assert rows({"m@1": old}, {"m@1": new}, margin=0)["m@1"].verdict == "too few users to tell"


def test_nothing_is_tested_where_no_user_differs():
    same = {"m@1": chance(1).random(3)}
    assert rows(same, same)["m@1"].verdict == "the same for every user"


@pytest.mark.parametrize(("users", "verdict"), [(9, "too few users to tell"), (10, "better")])
def test_with_fewer_than_ten_users_nothing_is_called(users, verdict):
    assert rows({"ndcg@10": np.zeros(users)}, {"ndcg@10": np.full(users, 0.9)})["ndcg@10"].verdict == verdict


def test_p_values_are_corrected_by_the_comparisons_that_moved():
    """Three metrics moved by much and one not at all: the least p-value of three, 1/2001, is tripled."""
    old = {name: chance(1).random(USERS) for name in ("hit@5", "ndcg@5", "mrr@5", "same@5")}
    by = {"hit@5": 0.2, "ndcg@5": 0.3, "mrr@5": 0.4, "same@5": 0.0}
    found = rows(old, {name: values + by[name] for name, values in old.items()})
    assert [found[name].p_holm for name in ("hit@5", "ndcg@5", "mrr@5")] == pytest.approx([3 / 2001] * 3)
    assert np.isnan(found["same@5"].p_holm)


def test_metrics_that_moved_alike_for_every_user_are_one_test():
    old, by = chance(1).random(USERS), chance(2).normal(0.02, 0.1, USERS)
    alone = rows({"hit@5": old}, {"hit@5": old + by})["hit@5"]
    found = rows({"hit@5": old, "recall@5": old}, {"hit@5": old + by, "recall@5": old + by})
    assert found["hit@5"].p_holm == found["recall@5"].p_holm == alone.p_holm


def test_the_p_value_of_a_single_comparison_is_near_that_of_the_paired_t_test():
    old = chance(1).random(USERS)
    new = old + chance(5).normal(0.01, 0.1, USERS)
    found = rows({"m@1": old}, {"m@1": new}, resamples=20_000)["m@1"]
    assert found.p_holm == pytest.approx(stats.ttest_rel(new, old).pvalue, abs=0.01)


def test_the_smallest_effect_is_found_four_times_in_five():
    """800 revisions whose true effect is what the first says these users could show."""
    smallest = moved(0.0).detectable
    gaps = chance(6).normal(smallest, 0.1, (800, USERS))
    found = stats.ttest_1samp(gaps, 0, axis=1).pvalue <= 0.05
    assert found.mean() == pytest.approx(0.8, abs=0.05)


def test_swapping_the_revisions_turns_the_signs():
    old = {"ndcg@10": chance(1).random(USERS)}
    new = {"ndcg@10": old["ndcg@10"] + 0.1}
    forth, back = rows(old, new)["ndcg@10"], rows(new, old)["ndcg@10"]
    assert forth.difference == -back.difference
    assert (forth.verdict, back.verdict) == ("better", "worse")


def test_verdicts_where_nothing_differs_raise_an_alarm_in_at_most_5_of_100():
    """100 metrics at once would be one family; so 100 families of one."""
    random = chance(7)
    alarms = 0
    for _ in range(100):
        old = random.random(40)
        new = old + random.normal(0, 0.2, 40)
        alarms += rows({"hit@1": old}, {"hit@1": new}, resamples=199)["hit@1"].verdict in {"better", "worse"}
    assert alarms <= 12  # 5 expected, 2.2 is the standard error


def test_too_few_resamples_for_so_many_comparisons():
    old = {f"hit@{k}": chance(k).random(20) for k in range(1, 9)}
    new = {name: values[::-1] for name, values in old.items()}
    with pytest.raises(ParameterError, match="--resamples: 100 can show no difference among 8 comparisons, give 160"):
        rows(old, new, resamples=100)


@pytest.mark.parametrize("resamples", [159, 200])
def test_enough_resamples(resamples):
    old = {f"hit@{k}": chance(k).random(50) for k in range(1, 9)}
    new = {name: values + 0.5 for name, values in old.items()}
    assert {row.verdict for row in rows(old, new, resamples=resamples).values()} == {"better"}
