import numpy as np
import pytest

from recommender_lab.feedback.loop import EXPLORING, POPULARITY
from recommender_lab.feedback.loop_report import (
    off_policy_report,
    off_policy_rows,
    popular_first,
    round_rows,
    summarise,
)
from recommender_lab.feedback.round_rows import plot_rows
from tests.recommender_lab.feedback.worlds import run, world_of


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    world, reference = world_of()
    return world, reference, run(world, EXPLORING, tmp_path_factory.mktemp("rounds"))


@pytest.fixture(scope="module")
def report(played):
    world, _, rounds = played
    return off_policy_report(world, rounds)


class TestRounds:
    def test_drift_is_counted_from_the_first_round(self, played):
        world, reference, rounds = played
        rows = round_rows(world, "x", rounds, reference)
        assert [row["round"] for row in rows] == [1, 2, 3]
        assert [row["popularity_drift"] for row in rows] == [row["popularity"] - rows[0]["popularity"] for row in rows]

    def test_the_summary_has_first_last_and_mean_of_each_arm(self):
        rows = [
            {"arm": arm, "round": at, "ctr": value} for arm, at, value in (("a", 1, 1.0), ("a", 2, 3.0), ("b", 1, 5.0))
        ]
        assert summarise(rows) == {
            "a": {
                "first_round": {"round": 1, "ctr": 1.0},
                "last_round": {"round": 2, "ctr": 3.0},
                "mean": {"ctr": 2.0},
            },
            "b": {
                "first_round": {"round": 1, "ctr": 5.0},
                "last_round": {"round": 1, "ctr": 5.0},
                "mean": {"ctr": 5.0},
            },
        }

    def test_plot_rows_leave_out_what_is_not_defined(self):
        rows = plot_rows([{"arm": "a", "round": 1, "gini": 0.5, "novelty": float("nan")}])
        assert rows == [{"arm": "a", "round": 1, "metric": "gini", "value": 0.5}]


class TestOffPolicy:
    def test_the_other_policy_shows_the_most_popular_of_the_pool(self):
        assert popular_first(np.array([[0, 1, 2, 3]]), np.array([1, 5, 5, 9]), 3).tolist() == [[3, 1, 2]]

    def test_only_first_slates_after_the_first_round_are_asked_about(self, played, report):
        _, _, rounds = played
        assert report["slates"] == sum(int(part.visits.seen[:, 0].sum()) for part in rounds[1:])

    def test_every_estimator_is_judged_against_the_truth(self, report):
        assert (
            report["logged"].keys()
            == report["simulated"].keys()
            == {"naive", "direct", "ips", "snips", "doubly_robust"}
        )
        for found in report["simulated"].values():
            assert found["bias"] == pytest.approx(found["mean"] - report["truth"])
        assert [row["estimator"] for row in off_policy_rows(report)] == list(report["simulated"])

    def test_the_log_itself_gives_its_own_clicks(self, played, report):
        _, _, rounds = played
        clicks = np.concatenate([part.visits.click[part.visits.seen[:, 0], 0].sum(axis=1) for part in rounds[1:]])
        assert report["logged"]["naive"]["value"] == pytest.approx(clicks.mean())

    def test_without_exploration_there_is_nothing_to_ask(self, tmp_path):
        world, _ = world_of(exploration=0.0, rounds=2)
        assert off_policy_report(world, run(world, POPULARITY, tmp_path)) == {}
        assert off_policy_rows({}) == []

    def test_a_single_round_leaves_no_log_that_the_reward_model_has_not_seen(self, tmp_path):
        world, _ = world_of(rounds=1)
        assert off_policy_report(world, run(world, EXPLORING, tmp_path)) == {}
