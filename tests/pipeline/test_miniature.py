"""The whole pipeline on the miniature project, under each way of splitting, labelling and weighing."""

import json

import numpy as np
import pytest

from recommender.bundle.live import FOLDER, Bundle
from recommender.evaluation.plot_rows import by_policy
from recommender.files import read_json
from recommender.measured import read_details
from tests.logs import table_at
from tests.pipeline.conftest import CONFIGURATIONS
from tests.project.project import read_params, stages

POLICIES = ("random", "popularity", "svd", "two_stage")
EVENT = ["user_id", "item_id", "rating", "timestamp"]
TABLES = {
    "data/prepared/interactions.parquet": EVENT,
    "data/split/requests.parquet": ["user_id", "timestamp"],
    **{f"data/split/{part}.parquet": EVENT for part in ("train", "valid", "test")},
    **{f"data/recommendations/{name}.parquet": ["user_id", "rank", "item_id", "score"] for name in POLICIES},
}


@pytest.fixture(scope="module")
def ran(run_of):
    """The folder of each configuration's run."""
    return {name: run_of(name) for name in CONFIGURATIONS}


def table(folder, name):
    return table_at(folder / f"data/{name}.parquet")


def details(folder, name):
    return read_details(folder / f"metrics/details/{name}.csv")


def metrics(folder, name):
    return json.loads((folder / f"metrics/{name}.json").read_text(encoding="utf-8"))


def test_every_output_is_there_and_nothing_half_written(ran):
    for folder in ran.values():
        assert not [out for stage in stages().values() for out in stage.outs if not (folder / out).exists()]
        assert not list(folder.rglob("*.tmp"))


def test_tables_have_their_columns_and_original_ids(ran):
    for name, folder in ran.items():
        kind = "str" if name == "text_ids" else "int64"
        for path, columns in TABLES.items():
            frame = table_at(folder / path)
            assert list(frame.columns) == columns
            assert {str(frame[key].dtype) for key in ("user_id", "item_id") if key in frame} == {kind}


def test_the_bundle_knows_every_event_of_the_log(ran):
    """Under global time, users who come after the moment of the test are in no part of the split."""
    left_out = {}
    for name, folder in ran.items():
        whole, histories = table(folder, "prepared/interactions"), Bundle(folder / FOLDER).histories
        assert len(histories.item) == len(whole)
        assert set(histories.users.tolist()) == set(whole["user_id"])
        left_out[name] = len(whole) - sum(len(table(folder, f"split/{part}")) for part in ("train", "valid", "test"))
    assert max(left_out.values()) > 0


def test_recommendations_are_new_to_the_user_ranked_and_of_full_length(ran):
    for folder in ran.values():
        k = read_params(folder / "params.yaml")["recommend"]["k"]
        users = set(table(folder, "split/requests")["user_id"])
        parts = [table(folder, f"split/{part}")[EVENT[:2]] for part in ("train", "valid")]
        known = {tuple(pair) for part in parts for pair in part.to_numpy()}
        ranks = np.tile(np.arange(1, k + 1), (len(users), 1))
        for policy in POLICIES:
            lists = table(folder, f"recommendations/{policy}")
            assert set(lists["user_id"]) == users
            assert not known & {tuple(pair) for pair in lists[["user_id", "item_id"]].to_numpy()}
            assert np.array_equal(lists["rank"].to_numpy().reshape(-1, k), ranks)
            assert (np.diff(lists["score"].to_numpy().reshape(-1, k), axis=1) <= 0).all()


def test_train_validation_test_and_what_is_reported_are_the_whole_log(ran):
    for folder in ran.values():
        whole, prepared = table(folder, "prepared/interactions"), details(folder, "prepare")["interactions"]
        parts = sum(len(table(folder, f"split/{name}")) for name in ("train", "valid", "test"))
        reported = details(folder, "split")["not_held_out"].get("test_events_without_history", 0)
        assert parts + reported == len(whole) == prepared


def test_every_policy_has_every_metric(ran):
    measures = ("hit", "recall", "ndcg", "mrr", "coverage", "novelty", "diversity")
    names = {f"{name}@{k}" for name in measures for k in (5, 10)}
    for folder in ran.values():
        rows = read_json(folder / "metrics/plots/policies.json")["policies"]
        found = by_policy(rows)[0]
        assert all(names <= set(found[policy]) for policy in POLICIES)
        assert all(np.isfinite(value) for values in found.values() for value in values.values())


def test_what_was_fitted_beats_chance(ran):
    for name, folder in ran.items():
        found = {policy: values["ndcg@10"] for policy, values in metrics(folder, "evaluate").items()}
        assert found["svd"] > 2 * found["random"], name
        # What was liked has little to do with what comes next: in this log every user walks on, liking or not.
        assert name == "text_ids" or found["two_stage"] > 1.2 * found["svd"], name


def test_the_recorded_parameters_make_the_miniature_what_it_is(finished):
    own, mini = read_params(), read_params(finished / "params.yaml")
    assert mini["dataset"]["name"] == "interaction-log"
    assert own.keys() == mini.keys()
