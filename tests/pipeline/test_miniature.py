"""The whole pipeline on the miniature project, under each way of splitting, labelling and weighing."""

import json

import numpy as np
import pytest

from recommender.files import read_table
from tests.project.project import hashes, make_project, read_params, run_stages, stages

POLICIES = ("random", "popularity", "svd", "two_stage")
EVENT = ["user_id", "item_id", "rating", "timestamp"]
TABLES = {
    "data/prepared/interactions.parquet": EVENT,
    "data/split/requests.parquet": ["user_id", "timestamp"],
    **{f"data/split/{part}.parquet": EVENT for part in ("train", "valid", "test")},
    **{f"data/recommendations/{name}.parquet": ["user_id", "rank", "item_id", "score"] for name in POLICIES},
}
CONFIGURATIONS = {
    "own": {},
    "global_time": {"split.method": "global_time", "train_svd.values": "log_count"},
    "liked": {"build_ranking.label": "liked", "train_ranker.objective": "binary"},
    "binary": {"train_svd.values": "binary", "sequence.request_time": False, "split.ties": "file_order"},
    "text_ids": {"prepare.user_fraction": 0.8, "base.seed": 7},
}


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def ran(request, finished, tmp_path_factory):
    """The name of a configuration and the folder of its run."""
    if request.param == "own":
        return request.param, finished
    folder = tmp_path_factory.mktemp(request.param)
    make_project(folder, CONFIGURATIONS[request.param], text_ids=request.param == "text_ids")
    assert run_stages(folder) == dict.fromkeys(stages(), 0)
    return request.param, folder


def table(folder, name):
    return read_table(folder / f"data/{name}.parquet")


def metrics(folder, name):
    return json.loads((folder / f"metrics/{name}.json").read_text(encoding="utf-8"))


def test_every_output_is_there_and_nothing_half_written(ran):
    _, folder = ran
    assert all((folder / out).exists() for stage in stages().values() for out in stage.outs)
    assert not list(folder.rglob("*.tmp"))


def test_tables_have_their_columns_and_original_ids(ran):
    name, folder = ran
    kind = "str" if name == "text_ids" else "int64"
    for path, columns in TABLES.items():
        frame = read_table(folder / path)
        assert list(frame.columns) == columns
        assert {str(frame[key].dtype) for key in ("user_id", "item_id") if key in frame} == {kind}


def test_recommendations_are_new_to_the_user_ranked_and_of_full_length(ran):
    _, folder = ran
    k = read_params(folder / "params.yaml")["recommend"]["k"]
    users = set(table(folder, "split/requests")["user_id"])
    known = {
        tuple(pair) for part in ("train", "valid") for pair in table(folder, f"split/{part}")[EVENT[:2]].to_numpy()
    }
    for policy in POLICIES:
        lists = table(folder, f"recommendations/{policy}")
        assert set(lists["user_id"]) == users
        assert not known & {tuple(pair) for pair in lists[["user_id", "item_id"]].to_numpy()}
        assert np.array_equal(lists["rank"].to_numpy().reshape(-1, k), np.tile(np.arange(1, k + 1), (len(users), 1)))
        assert (np.diff(lists["score"].to_numpy().reshape(-1, k), axis=1) <= 0).all()


def test_train_validation_and_test_are_the_whole_log(ran):
    _, folder = ran
    parts = [table(folder, f"split/{name}") for name in ("train", "valid", "test")]
    assert (
        sum(map(len, parts))
        == len(table(folder, "prepared/interactions"))
        == metrics(folder, "prepare")["interactions"]
    )


def test_every_policy_has_every_metric(ran):
    _, folder = ran
    found = metrics(folder, "evaluate")
    names = {
        f"{name}@{k}" for name in ("hit", "recall", "ndcg", "mrr", "coverage", "novelty", "diversity") for k in (5, 10)
    }
    assert all(names <= set(found[policy]) for policy in POLICIES)
    assert all(np.isfinite(value) for values in found.values() for value in values.values())


def test_what_was_learnt_beats_chance(ran):
    name, folder = ran
    found = {policy: values["ndcg@10"] for policy, values in metrics(folder, "evaluate").items()}
    assert found["svd"] > 2 * found["random"]
    # What was liked says little of what comes next: in this log every user walks on, liking or not.
    assert name == "liked" or found["two_stage"] > 1.2 * found["svd"]


def test_a_second_run_in_another_folder_gives_the_same_bytes(finished, tmp_path):
    folder = make_project(tmp_path / "elsewhere")
    run_stages(folder)
    assert hashes(folder) == hashes(finished)


def test_a_second_run_over_the_first_gives_the_same_bytes(finished, copy_of_finished):
    run_stages(copy_of_finished)
    assert hashes(copy_of_finished) == hashes(finished)


def test_the_recorded_parameters_make_the_miniature_what_it_is(finished):
    own, mini = read_params(), read_params(finished / "params.yaml")
    assert mini["dataset"]["name"] == "interaction-log"
    assert own.keys() == mini.keys()
