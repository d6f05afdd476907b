from dataclasses import replace

import numpy as np
import pytest

from recommender_lab.feedback import off_policy_check
from recommender_lab.feedback.exploration import propensities
from recommender_lab.feedback.loop import EXPLORING
from recommender_lab.feedback.off_policy_check import (
    SlateProblem,
    check_estimators,
    compare_with_truth,
    evaluate_popular_first,
    off_policy_rows,
    popular_first,
)
from tests.recommender_lab.feedback.worlds import run, world_of

UNBIASED = ("ips", "snips", "doubly_robust")


def problem(exploration, n=400, k=3, pool=5, seed=0, predicted=None):
    """The other policy shows the items that are clicked most."""
    random = np.random.default_rng(seed)
    chance = random.uniform(0.05, 0.6, (n, k, pool))
    target = np.argsort(-chance.mean(axis=1), axis=1)[:, :k]
    guess = random.uniform(0, 0.5, chance.shape) if predicted is None else predicted(chance)
    return SlateProblem(chance, guess, target, exploration)


def test_truths_by_hand():
    """One slot, two items, chances 0.2 and 0.6; the other policy shows the second one. 0.5 explores: 3/4 and 1/4."""
    one = SlateProblem(np.array([[[0.2, 0.6]]]), np.zeros((1, 1, 2)), np.array([[1]]), 0.5)
    assert one.truth == pytest.approx(0.6)
    assert one.logging_truth == pytest.approx(0.75 * 0.2 + 0.25 * 0.6)


def test_a_log_has_the_propensities_of_what_was_shown():
    found = problem(0.4).logged(np.array([0, 1]), np.array([[0, 1, 4], [3, 1, 0]]), np.ones((2, 3), dtype=bool))
    table = propensities(3, 5, 0.4)
    assert found.propensity.tolist() == [
        [table[0, 0], table[1, 1], table[2, 4]],
        [table[0, 3], table[1, 1], table[2, 0]],
    ]


@pytest.fixture(scope="module")
def checked():
    return check_estimators(problem(0.5), np.random.default_rng(1), 2000)


class TestOverManyLogs:
    def test_the_bias_is_within_its_interval(self, checked):
        for name in UNBIASED:
            assert abs(checked[name]["bias"]) < 2 * (checked[name]["bias_high"] - checked[name]["bias"]), name

    def test_intervals_hold_the_truth_at_their_rate(self, checked):
        """Neither too narrow nor too wide."""
        for name in UNBIASED:
            assert checked[name]["interval_coverage"] == pytest.approx(0.95, abs=0.02), name

    def test_naive_and_direct_are_biased(self, checked):
        for name in ("naive", "direct"):
            assert abs(checked[name]["bias"]) > 10 * (checked[name]["bias_high"] - checked[name]["bias"])
            assert checked[name]["interval_coverage"] < 0.5

    def test_normalising_and_a_reward_model_lower_the_error(self, checked):
        assert checked["snips"]["rmse"] < checked["ips"]["rmse"]

    def test_a_right_reward_model_leaves_no_bias_and_less_spread(self):
        right = check_estimators(problem(0.5, predicted=np.copy), np.random.default_rng(2), 500)
        wrong = check_estimators(problem(0.5), np.random.default_rng(2), 500)
        assert abs(right["direct"]["bias"]) < 0.01
        assert right["doubly_robust"]["interval_width"] < wrong["doubly_robust"]["interval_width"]

    def test_more_exploration_makes_estimates_more_certain(self):
        widths = [
            check_estimators(problem(x), np.random.default_rng(3), 100)["ips"]["interval_width"] for x in (0.2, 0.5, 1)
        ]
        assert widths == sorted(widths, reverse=True)


def test_the_same_seed_gives_the_same_bits():
    first, second = (check_estimators(problem(0.3, 50), np.random.default_rng(4), 30) for _ in range(2))
    assert first == second


def test_at_least_one_log_at_a_time(monkeypatch):
    monkeypatch.setattr(off_policy_check, "CELLS", 1)
    assert check_estimators(problem(0.3, 5), np.random.default_rng(4), 4)["ips"].keys() >= {"bias", "interval_coverage"}


def test_comparing_by_hand():
    """Estimates 1 and 3 of 2.5: the mean is 2, the bias -0.5; the second interval contains the true value."""
    found = compare_with_truth(np.array([[1.0, 3.0], [0.0, 2.0], [2.0, 4.0]]), 2.5)
    assert (found["mean"], found["bias"], found["interval_coverage"], found["interval_width"]) == (2, -0.5, 0.5, 2)
    assert found["rmse"] == pytest.approx(((1.5**2 + 0.5**2) / 2) ** 0.5)
    assert found["bias_high"] - found["bias"] == pytest.approx(1.959964 * 2**0.5 / 2**0.5)


def test_the_other_policy_shows_the_most_popular_of_the_pool():
    assert popular_first(np.array([[0, 1, 2, 3]]), np.array([1, 5, 5, 9]), 3).tolist() == [[3, 1, 2]]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    world = world_of()
    return world, [result.visits for result in run(world, EXPLORING, tmp_path_factory.mktemp("rounds"))]


@pytest.fixture(scope="module")
def report(played):
    return evaluate_popular_first(*played)


class TestEvaluation:
    def test_only_first_slates_after_the_first_round_are_used(self, played, report):
        clicks = np.concatenate([visits.click[visits.seen[:, 0], 0].sum(axis=1) for visits in played[1][1:]])
        assert report["slates"] == len(clicks)
        assert report["logged"]["naive"]["value"] == pytest.approx(clicks.mean())

    def test_users_without_a_slate_are_left_out_and_a_single_slate_is_too_few(self, played):
        world, (first, second, _) = played
        for n in (1, 2):
            served = np.arange(len(second.user)) < n
            found = evaluate_popular_first(world, [first, replace(second, seen=second.seen & served[:, None])])
            assert found.get("slates", 0) == (n if n >= 2 else 0), n

    def test_every_estimator_is_compared_with_the_truth(self, report):
        names = ["naive", "direct", "ips", "snips", "doubly_robust"]
        assert list(report["logged"]) == list(report["simulated"]) == names
        for name, found in report["simulated"].items():
            assert found["bias"] == pytest.approx(found["mean"] - report["truth"]), name
        assert [row["estimator"] for row in off_policy_rows(report)] == names

    def test_the_reward_model_is_fitted_on_the_first_round_and_not_on_the_log_that_it_evaluates(self, played):
        """`direct` is the reward model alone: only clicks of the first round change it."""
        world, (first, second, _) = played
        silent = [replace(visits, click=np.zeros_like(visits.click)) for visits in (first, second)]
        logs = {"whole": [first, second], "first": [silent[0], second], "second": [first, silent[1]]}
        found = {name: evaluate_popular_first(world, log)["logged"] for name, log in logs.items()}
        assert found["second"]["naive"]["value"] == 0 < found["whole"]["naive"]["value"]
        assert found["second"]["direct"] == found["whole"]["direct"]
        assert found["first"]["direct"]["value"] == 0 < found["whole"]["direct"]["value"]

    def test_earlier_clicks_count_as_popularity_of_the_other_policy(self, played):
        world, (first, second, _) = played
        clicks = np.zeros_like(first.click), np.broadcast_to(first.seen[:, :, None], first.click.shape)
        truths = {evaluate_popular_first(world, [replace(first, click=click), second])["truth"] for click in clicks}
        assert len(truths) == 2

    def test_without_exploration_or_a_second_round_there_is_nothing_to_evaluate(self, played):
        world, rounds = played
        assert evaluate_popular_first(world, rounds[:1]) == {}
        assert evaluate_popular_first(world_of(exploration=0.0), rounds) == {}
        assert off_policy_rows({}) == []
