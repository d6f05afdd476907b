import numpy as np
import pytest
from scipy import stats

from recommender.arms import assign
from recommender.errors import ParameterError
from recommender_lab.ab_test import results
from tests.recommender_lab.ab_test.worlds import design, population

THREE = {"old": 0.5, "new": 0.2, "other": 0.3}


@pytest.fixture(scope="module")
def people():
    return population(600, (0.2, 0.3, 0.25))


@pytest.fixture(scope="module")
def found(people):
    return results.run(people, design(shares=THREE))


@pytest.fixture(scope="module")
def arms(people):
    return assign(people.keys, people.strata, list(THREE.values()), ["s"])[0]


def test_each_arm_has_its_users_their_clicks_and_rate(people, found, arms):
    assert sum(arm["users"] for arm in found["arms"].values()) == found["users"] == 600
    for place, policy in enumerate(THREE):
        clicks = people.outcomes["hit@5"][arms == place, place]
        told = found["arms"][policy]
        assert (told["users"], told["clicks"]) == (len(clicks), clicks.sum())
        assert told["rate"] == clicks.mean()
        theirs = stats.binomtest(int(clicks.sum()), len(clicks)).proportion_ci(method="wilson")
        assert (told["low"], told["high"]) == pytest.approx((theirs.low, theirs.high))


def test_each_arm_has_its_ndcg_with_an_interval(people, found, arms):
    gains = people.outcomes["ndcg@5"][arms == 1, 1]
    told = found["arms"]["new"]
    interval = stats.ttest_1samp(gains, 0).confidence_interval()
    assert (told["ndcg_low"], told["ndcg_high"]) == pytest.approx((interval.low, interval.high))
    assert told["ndcg"] == pytest.approx(gains.mean())


def test_arms_without_a_click_differ_by_nothing_that_is_sure():
    found = results.run(population(40, (0.0, 0.0, 0.0)), design(shares=THREE))
    told = [found["arms"]["new"] | {"low": found["arms"]["new"]["ndcg_low"], "high": found["arms"]["new"]["ndcg_high"]}]
    told += [way for metrics in found["differences"]["new_minus_old"].values() for way in metrics.values()]
    assert [one for one in told if not one["low"] + 0.05 < one["high"]] == []
    assert all(way["low"] < 0 < way["high"] for way in told[1:])


def test_the_sample_ratio_is_tested_against_the_shares(found, arms):
    theirs = stats.chisquare(np.bincount(arms), np.array(list(THREE.values())) * 600)
    assert found["sample_ratio"] == pytest.approx({"chi_square": theirs.statistic, "p_value": theirs.pvalue})


def test_differences_are_those_to_the_control(found):
    assert set(found["differences"]) == {"new_minus_old", "other_minus_old"}
    for pair, metrics in found["differences"].items():
        one = pair.partition("_minus_")[0]
        told = metrics["hit@5"]["plain"]
        assert told["difference"] == pytest.approx(found["arms"][one]["rate"] - found["arms"]["old"]["rate"])


def test_paired_is_scipys_paired_test_on_everybody(people, found):
    outcomes = people.outcomes["hit@5"]
    theirs = stats.ttest_rel(outcomes[:, 1], outcomes[:, 0])
    told = found["differences"]["new_minus_old"]["hit@5"]["paired"]
    assert told["p_value"] == pytest.approx(theirs.pvalue)
    assert told["high"] == pytest.approx(theirs.confidence_interval().high)
    assert told["times_the_users"] == 1


def test_the_smaller_p_value_of_two_is_doubled(found):
    told = [found["differences"][f"{one}_minus_old"]["hit@5"]["plain"] for one in ("new", "other")]
    first = min(told, key=lambda each: each["p_value"])
    assert first["p_holm"] == pytest.approx(min(1, 2 * first["p_value"]))


def test_as_many_times_the_users_make_the_test_as_exact_as_the_paired_one(found):
    ways = found["differences"]["new_minus_old"]["hit@5"]
    ratio = (ways["plain"]["width"] / ways["paired"]["width"]) ** 2
    assert ways["plain"]["times_the_users"] == pytest.approx(ratio, rel=0.01)
    assert ways["plain"]["times_the_users"] > 1


def test_the_covariate_is_correlated_as_numpy_says_and_takes_out_variance(people, found):
    expected = [np.corrcoef(people.covariate, column)[0, 1] for column in people.outcomes["hit@5"].T]
    assert list(found["correlation"]["hit@5"].values()) == pytest.approx(expected)
    assert found["differences"]["other_minus_old"]["hit@5"]["cuped"]["variance_removed"] > 0


def test_power_grows_with_the_difference_and_the_smallest_detectable_shrinks_with_users():
    few, many = (results.run(population(users, (0.2, 0.3)), design()) for users in (200, 3200))
    one, other = (each["differences"]["new_minus_old"]["hit@5"]["plain"] for each in (few, many))
    assert other["power"] > one["power"]
    assert other["smallest_detectable"] == pytest.approx(one["smallest_detectable"] / 4, rel=0.15)


def test_each_way_of_finding_a_difference_has_a_row():
    found = {"difference": 0.1, "low": 0.0, "high": 0.2, "p_value": 0.05}
    rows = results.difference_rows({"new_minus_old": {"hit@5": {"plain": found, "paired": found}}})
    assert [row["comparison"] for row in rows] == ["new - old, plain", "new - old, paired"]
    assert rows[0] == pytest.approx(
        {"comparison": "new - old, plain", "metric": "hit", "k": 5, "value": 0.1, "low": 0.0, "high": 0.2}
    )


class TestMetamorphic:
    def test_the_order_of_the_arms_does_not_matter_for_equal_policies(self):
        people = population(400, (0.2, 0.2))
        people.outcomes["hit@5"][:, 1] = people.outcomes["hit@5"][:, 0]
        found = results.run(people, design())["differences"]["new_minus_old"]["hit@5"]
        assert found["paired"]["difference"] == 0
        assert np.isnan(found["paired"]["p_value"])

    def test_another_control_turns_the_sign(self):
        people = population(400)
        forth = results.run(people, design())["differences"]["new_minus_old"]["hit@5"]
        back = results.run(people, design(control="new"))["differences"]["old_minus_new"]["hit@5"]
        for way, told in forth.items():
            assert told["difference"] == -back[way]["difference"]
            assert told["p_value"] == back[way]["p_value"]


class TestTooFew:
    def test_an_arm_without_users(self):
        with pytest.raises(
            ParameterError, match=r"ab_test\.arms\.new: 0 of 20 users are in this arm, expected 2 or more"
        ):
            results.run(population(20), design(shares={"old": 0.9999, "new": 0.0001}))

    def test_a_stratum_without_users_of_an_arm(self):
        with pytest.raises(ParameterError, match=r"users of stratum \d of 5 are in this arm.*lower ab_test\.strata"):
            results.run(population(20, strata=5), design(shares={"old": 0.75, "new": 0.25}))
