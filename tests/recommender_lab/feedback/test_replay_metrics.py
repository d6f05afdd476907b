import numpy as np
import pytest

from recommender_lab.feedback.checkpoints import Checkpoints
from recommender_lab.feedback.replay import ServedRound
from recommender_lab.feedback.replay_metrics import accuracy, pairs, per_user, round_metrics, summarise
from recommender_lab.feedback.replay_models import serve_rounds, served_rounds
from recommender_lab.feedback.schedules import Arm, arms, rounds_by_version
from tests.logs import log
from tests.recommender_lab.feedback.test_replay_models import LOG, PARAMS, events_of, items_frame, log_of

TWO = PARAMS.replay.model_copy(update={"k": 2, "new_item_days": 2})


def served(ranks, shown, target=None):
    target = np.arange(len(ranks)) if target is None else np.array(target)
    return ServedRound(target, np.array(ranks), np.array(shown))


def test_accuracy_by_hand():
    found = accuracy(np.array([1, 0, 3]), 5)
    assert found["hit@5"].tolist() == [1, 0, 1]
    assert found["ndcg@5"].tolist() == [1, 0, 0.5]


def test_a_round_by_hand():
    """Of the four slots one holds an item first seen within two days; two of the items that were known are shown."""
    start = LOG.start(4)
    old = int(np.flatnonzero(LOG.first_seen < LOG.start(1))[0])
    new = int(np.flatnonzero((LOG.first_seen >= LOG.start(2)) & (LOG.first_seen < start))[0])
    found = round_metrics(LOG, served([1, 0], [[old, new], [old, -1]]), 4, 1, TWO)
    known = int((LOG.first_seen < start).sum())
    assert found == {
        "hit@2": 0.5,
        "ndcg@2": 0.5,
        "coverage@2": 2 / known,
        "new_items": pytest.approx(1 / 3),
        "model_age_days": 3,
    }


def test_an_item_of_the_first_moment_counts_as_new_and_one_of_the_round_itself_is_not_known():
    """Items 0, 1 and 2 are first seen at midnight of days 0, 2 and 4; two days before round 4 is day 2."""
    found = log_of(log(*((1, day, 3, 86_400 * day) for day in (0, 2, 4))))
    measured = round_metrics(found, served([1], [[0, 1]]), 4, 1, TWO)
    assert (measured["new_items"], measured["coverage@2"]) == (1 / 2, 2 / 2)


def test_a_round_without_requests_has_no_accuracy():
    empty = ServedRound(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros((0, 2), dtype=np.int64))
    found = round_metrics(LOG, empty, 4, 4, TWO)
    assert np.isnan([found["hit@2"], found["new_items"]]).all()
    assert found["coverage@2"] == 0


def test_users_have_equal_weight_however_many_requests_they_have():
    target = [*np.flatnonzero(LOG.user == 3)[:3], *np.flatnonzero(LOG.user == 8)[:1]]
    table = per_user(
        LOG, [served([1, 1], np.zeros((2, 1)), target[:2]), served([0, 1], np.zeros((2, 1)), target[2:])], 5
    )
    assert table.index.tolist() == [3, 8]
    assert table["hit@5"].tolist() == [pytest.approx(2 / 3), 1]


def test_pairs_differ_in_one_thing():
    four = [Arm("x", weighting, schedule) for weighting in ("all", "recent") for schedule in ("never", "every_round")]
    assert pairs([*four, Arm("y", "all", "never")]) == [
        ("x_all_every_round", "x_all_never"),
        ("x_recent_never", "x_all_never"),
        ("x_recent_every_round", "x_all_every_round"),
        ("x_recent_every_round", "x_recent_never"),
    ]


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    numbers, checkpoints = served_rounds(LOG, PARAMS.replay), Checkpoints(tmp_path_factory.mktemp("rounds"), {}.items())
    rounds = rounds_by_version(arms(PARAMS.replay), numbers, PARAMS.replay.every)
    found = {one: serve_rounds(LOG, one, at, items_frame(), PARAMS, checkpoints) for one, at in rounds.items()}
    return summarise(LOG, arms(PARAMS.replay), found, numbers, PARAMS.replay, PARAMS.base.seed)


class TestSummary:
    def test_every_arm_has_its_rounds_and_its_summary(self, reported):
        metrics, rows = reported
        names = [arm.name for arm in arms(PARAMS.replay)]
        assert list(metrics["arms"]) == names
        assert metrics["rounds"] == 4
        assert {(row["arm"], row["round"]) for row in rows} == {(name, at) for name in names for at in range(3, 7)}

    def test_means_lie_within_their_intervals_and_have_the_ages_of_their_schedules(self, reported):
        arms_found = reported[0]["arms"]
        for found in arms_found.values():
            for value in found["over_users"].values():
                assert value["low"] <= value["mean"] <= value["high"]
        ages = {name: found["over_rounds"]["model_age_days"] for name, found in arms_found.items()}
        assert ages["transitions_all_never"] == (0 + 1 + 2 + 3) / 4
        assert ages["transitions_all_every_round"] == 0
        assert ages["two_stage_all_every_n"] == (0 + 1 + 0 + 1) / 4

    def test_differences_are_those_of_the_means(self, reported):
        metrics = reported[0]
        for pair, values in metrics["differences"].items():
            one, other = (metrics["arms"][name]["over_users"]["hit@5"]["mean"] for name in pair.split("_minus_"))
            assert values["hit@5"]["difference"] == pytest.approx(one - other)

    def test_a_log_shorter_than_the_warm_up_has_nothing_to_report(self):
        short = log_of(events_of(days=2))
        numbers = served_rounds(short, PARAMS.replay)
        assert summarise(short, arms(PARAMS.replay), {}, numbers, PARAMS.replay, PARAMS.base.seed) == (
            {"rounds": 0, "requests": 0, "users": 0},
            [],
        )
