"""The peers' contract, and the peers that need no more than numpy; the others are fitted by `benchmarks.accuracy`."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from benchmarks import accuracy
from benchmarks.peers import __main__ as command
from benchmarks.peers import contract, linear
from benchmarks.peers.settings import every, grids
from recommender.outputs import as_a_set
from recommender.parts import read_events, write_events
from tests.project.project import ROOT

# user: items in order
LOG = {1: [10, 20, 30], 2: [10, 20, 40], 3: [20, 30]}


def events(log=None):
    rows = [(user, item, place) for user, items in (log or LOG).items() for place, item in enumerate(items)]
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"])
    return frame.assign(timestamp=pd.to_datetime(frame["timestamp"], unit="s", utc=True))


def requests(users):
    moments = pd.to_datetime([100] * len(users), unit="s", utc=True)
    return pd.DataFrame({"user_id": users, "timestamp": moments})


@pytest.fixture
def data():
    return contract.task(events(), requests([1, 3, 99]))


@pytest.fixture
def split(tmp_path):
    random = np.random.default_rng(0)
    log = events({user: random.permutation(30)[:12].tolist() for user in range(1, 41)})
    back = log.groupby("user_id").cumcount(ascending=False)
    parts = {"train": log[back > 1], "valid": log[back == 1], "test": log[back == 0]}
    parts["requests"] = parts["test"][["user_id", "timestamp"]]
    with as_a_set():
        for name, frame in parts.items():
            write_events(frame.reset_index(drop=True), tmp_path / f"{name}.parquet")
    return tmp_path


def test_users_and_items_get_codes_and_strangers_are_left_out(data):
    assert data.items.tolist() == [10, 20, 30, 40]
    assert data.item.tolist() == [0, 1, 2, 0, 1, 3, 1, 2]
    assert data.users[data.asked].tolist() == [1, 3]
    assert data.matrix().toarray().tolist() == [[1, 1, 1, 0], [1, 1, 0, 1], [0, 1, 1, 0]]


def test_the_latest_event_has_age_0(data):
    assert data.age().tolist() == [2, 1, 0, 2, 1, 0, 1, 0]


def test_lists_leave_out_what_was_met_and_ties_go_to_the_lower_item(data):
    shown = contract.best(data, lambda codes: np.ones((len(codes), 4)), k=1)
    assert shown.to_dict("records") == [
        {"user_id": 1, "rank": 1, "item_id": 40, "score": 1.0},
        {"user_id": 3, "rank": 1, "item_id": 10, "score": 1.0},
    ]


def test_a_list_ends_when_every_item_was_met(data):
    shown = contract.best(data, lambda codes: np.tile([4.0, 3.0, 2.0, 1.0], (len(codes), 1)), k=4)
    assert shown.groupby("user_id")["item_id"].agg(list).to_dict() == {1: [40], 3: [10, 40]}


def test_ndcg_of_a_second_place_and_of_a_miss():
    shown = pd.DataFrame({"user_id": [1, 1, 2], "rank": [1, 2, 1], "item_id": [5, 6, 5]})
    answers = pd.DataFrame({"user_id": [1, 2], "item_id": [6, 7]})
    assert contract.mean_ndcg(shown, answers) == pytest.approx((1 / np.log2(3) + 0) / 2)
    assert contract.mean_ndcg(shown, answers, k=1) == 0


def test_the_final_task_has_validation_after_train_and_never_opens_the_test(split):
    shutil.rmtree(split / "test.parquet")
    watched, answers, final = contract.read_tasks(split)
    assert (len(watched.user), len(answers), len(final.user)) == (40 * 10, 40, 40 * 11)
    assert (np.diff(final.user) >= 0).all()
    latest = final.items[final.item[final.age() == 0]]
    assert latest.tolist() == answers["item_id"].tolist()


def test_ease_is_a_ridge_regression_of_each_item_on_the_others(data):
    met, ridge = data.matrix("float64").toarray(), 2.0
    found = linear.item_weights(data.matrix("float64"), ridge)
    for item in range(4):
        others = [place for place in range(4) if place != item]
        known = met[:, others]
        expected = np.linalg.solve(known.T @ known + ridge * np.eye(3), known.T @ met[:, item])
        assert found[others, item] == pytest.approx(expected)
        assert found[item, item] == 0


def test_a_recent_history_weighs_the_last_event_most(data):
    found = linear.weighted(data, 0.5 ** (data.age() / 1)).toarray()
    assert found[0].tolist() == [0.25, 0.5, 1.0, 0.0]


def test_transitions_by_hand():
    model = linear.transitions(
        contract.task(events({1: [10, 20], 2: [10, 30], 3: [10, 20], 4: [10]}), requests([4])),
        {"window": 1, "decay": 0.5, "symmetric": False},
    )
    asked = contract.task(events({1: [10, 20], 2: [10, 30], 3: [10, 20], 4: [10]}), requests([4]))
    shown = model.recommend(asked, 3)
    assert shown["item_id"].tolist() == [20, 30]
    # 10 occurs four times: two of them before 20 (twice), one before 30 (once).
    assert shown["score"].tolist() == pytest.approx([2 / np.sqrt(4 * 2), 1 / np.sqrt(4 * 1)])


def test_every_system_has_a_module_settings_and_a_name():
    assert set(command.MODULES) == set(grids("movielens-100k", 1)) == set(accuracy.PEERS)
    for module in command.MODULES.values():
        assert (ROOT / f"benchmarks/peers/{module}.py").exists()
    assert all(grid for grid in grids("movielens-1m", 1).values())


def test_choices_are_combined():
    assert every(a=[1, 2], b=[3]) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]


def test_validation_chooses_and_a_single_setting_is_not_tried(split):
    watched, answers, _ = contract.read_tasks(split)
    grid = [{"ridge": 1e-3}, {"ridge": 10.0}, {"ridge": 1e6}]
    values = [contract.mean_ndcg(linear.ease(watched, one).recommend(watched, 20), answers) for one in grid]
    assert command.choose(linear, "ease", grid, watched, answers) == grid[values.index(max(values))]
    assert command.choose(None, "ease", grid[:1], watched, answers) == grid[0]


def test_a_peer_runs_in_a_process_of_its_own_once(split, tmp_path):
    out = tmp_path / "cache" / "ease"
    found = accuracy.run_peer("ease", split, out, [], sys.executable)
    shown = pd.read_parquet(out.with_suffix(".parquet"))
    assert list(shown.columns) == ["user_id", "rank", "item_id", "score"]
    assert shown.groupby("user_id")["rank"].max().between(19, 20).sum() == 40
    met = pd.concat([pd.read_parquet(split / f"{name}.parquet") for name in ("train", "valid")])
    assert shown.merge(met, on=["user_id", "item_id"]).empty
    assert found["cost"]["fit"]["cpu_s"] > 0
    assert found["cost"]["peak_bytes"] > 10_000_000
    assert found["settings"] in grids("movielens-100k", 1)["ease"]
    out.with_suffix(".json").write_text(json.dumps(found | {"kept": 1}))
    assert accuracy.run_peer("ease", split, out, [], sys.executable)["kept"] == 1


def test_a_peer_that_fails_ends_the_benchmark(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        accuracy.run_peer("ease", tmp_path / "nothing", tmp_path / "out", [], sys.executable)


def test_another_order_of_events_is_another_split(split):
    before = accuracy.split_key(split)
    assert before == accuracy.split_key(split)
    with as_a_set():
        write_events(read_events(split / "train.parquet").iloc[::-1].reset_index(drop=True), split / "train.parquet")
    assert accuracy.split_key(split) != before
