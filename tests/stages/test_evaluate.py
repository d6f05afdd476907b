import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from recommender.evaluation import per_user, plot_rows
from recommender.files import read_table, write_table
from recommender.outputs import as_a_set
from recommender.parts import read_events, write_events
from stages import evaluate
from tests.project.project import ROOT, set_params

USERS, ITEMS, KS = 30, 40, [5, 10, 20]
RESAMPLES = 200
NAMES = ["hit", "recall", "ndcg", "mrr", "coverage", "novelty", "diversity", "popularity"]
OUTPUTS = [
    "data/evaluation/per_user.parquet",
    "metrics/evaluate.json",
    "metrics/evaluate_differences.json",
    "metrics/evaluate_breakdown.json",
    "metrics/plots/history_length.json",
    "metrics/plots/item_popularity.json",
    "metrics/plots/corrected.json",
    "metrics/plots/pause.json",
    "metrics/plots/policies.json",
    "metrics/plots/differences.json",
]


def events(pairs):
    frame = pd.DataFrame(pairs, columns=["user_id", "item_id"]).assign(rating=4.0)
    return frame.assign(timestamp=pd.Timestamp("1998-01-01", tz="UTC"))


def ranked(orders):
    rows = [(user, rank, item, -rank) for user, order in enumerate(orders) for rank, item in enumerate(order[:20], 1)]
    return pd.DataFrame(rows, columns=["user_id", "rank", "item_id", "score"])


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Two-stage always has the held-out item first; svd and popularity are the same; random is random."""
    random = np.random.default_rng(0)
    orders = [random.permutation(ITEMS) for _ in range(USERS)]
    held_out = [int(random.integers(ITEMS)) for _ in range(USERS)]
    first = [[item, *order[order != item]] for item, order in zip(held_out, orders, strict=True)]
    tables = {
        "split/test": events(enumerate(held_out)),
        "split/valid": events((user, user % ITEMS) for user in range(USERS)),
        "split/train": events((user, item) for user in range(USERS) for item in range(ITEMS) if (user + item) % 3),
        "prepared/items": pd.DataFrame(
            {"item_id": range(ITEMS), "genre_a": np.uint8(1), "genre_b": np.arange(ITEMS) % 2}
        ),
        "recommendations/random": ranked(orders),
        "recommendations/popularity": ranked([range(ITEMS)] * USERS),
        "recommendations/svd": ranked([range(ITEMS)] * USERS),
        "recommendations/two_stage": ranked(first),
    }
    with as_a_set():
        for name, frame in tables.items():
            write = write_events if name.startswith("split/") else write_table
            write(frame, tmp_path / f"data/{name}.parquet")
    shutil.copy(ROOT / "params.yaml", tmp_path)
    set_params(tmp_path, {"evaluate.resamples": RESAMPLES})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def measured():
    """Return all values and their intervals by policy."""
    return plot_rows.by_policy(load("metrics/plots/policies.json")["policies"])


def test_the_headline_is_accuracy_and_coverage_at_one_k(project):
    assert evaluate.main([]) == 0
    names = [f"{name}@10" for name in ("hit", "recall", "ndcg", "mrr", "coverage")]
    assert load("metrics/evaluate.json") == {
        policy: {name: values[name] for name in names} for policy, values in measured()[0].items()
    }


def test_the_metrics_are_policy_by_metric_at_k(project):
    assert evaluate.main([]) == 0
    found = measured()[0]
    assert set(found) == {"random", "popularity", "svd", "two_stage"}
    assert all(set(values) == {f"{name}@{k}" for name in NAMES for k in KS} for values in found.values())
    assert [found["two_stage"][f"{name}@5"] for name in NAMES[:4]] == [1, 1, 1, 1]


def test_aggregates_are_the_means_of_the_per_user_table(project):
    evaluate.main([])
    table = read_table(Path("data/evaluation/per_user.parquet"))
    assert len(table) == 4 * USERS
    assert table[["policy", "user_id"]].equals(table[["policy", "user_id"]].sort_values(["policy", "user_id"]))
    means = table.drop(columns="user_id").groupby("policy").mean()
    for policy, values in measured()[0].items():
        expected = {name: value for name, value in values.items() if not name.startswith("coverage")}
        assert means.loc[policy].to_dict() == pytest.approx(expected, abs=1e-6)


def test_values_lie_within_their_intervals(project):
    evaluate.main([])
    metrics, intervals = measured()
    for policy, values in metrics.items():
        assert set(values) == set(intervals[policy])
        for name, value in values.items():
            assert intervals[policy][name]["low"] <= value <= intervals[policy][name]["high"]


def test_differences_are_those_of_the_metrics(project):
    evaluate.main([])
    metrics, differences = load("metrics/evaluate.json"), load("metrics/evaluate_differences.json")
    better = differences["two_stage_minus_svd"]["ndcg@10"]
    assert better["difference"] == pytest.approx(metrics["two_stage"]["ndcg@10"] - metrics["svd"]["ndcg@10"], abs=2e-6)
    assert better["low"] > 0
    assert better["p_value"] == pytest.approx(1 / (RESAMPLES + 1), abs=1e-6)


def test_equal_recommendations_do_not_differ(project):
    evaluate.main([])
    same = load("metrics/evaluate_differences.json")["popularity_minus_svd"]["ndcg@10"]
    assert same["low"] < 0 < same["high"]
    assert (same["difference"], same["p_value"], same["ratio"]) == (0, 1, 1)


def test_two_stage_is_compared_with_every_other_and_every_other_with_svd(project):
    evaluate.main([])
    assert set(load("metrics/evaluate_differences.json")) == {
        "random_minus_svd",
        "popularity_minus_svd",
        "two_stage_minus_svd",
        "two_stage_minus_popularity",
        "two_stage_minus_random",
    }


def test_the_plots_have_one_row_per_value(project):
    evaluate.main([])
    assert len(load("metrics/plots/policies.json")["policies"]) == 4 * len(NAMES) * len(KS)
    assert len(load("metrics/plots/differences.json")["differences"]) == 5 * (len(NAMES) - 1) * len(KS)


def parts():
    """The groups of the breakdown."""
    return {name: groups for name, groups in load("metrics/evaluate_breakdown.json").items() if name != "certain_hits"}


def test_the_groups_of_users_and_of_items_make_up_the_whole(project):
    """Every user holds out one item, so the mean of the groups, weighed by their users, is the mean of all."""
    evaluate.main([])
    whole = load("metrics/evaluate.json")
    for groups in parts().values():
        assert sum(group["users"] for group in groups.values()) == USERS
        for policy, values in whole.items():
            for name in ("hit@10", "recall@10", "ndcg@10"):
                total = sum(group["users"] * group["policies"][policy][name]["value"] for group in groups.values())
                assert total / USERS == pytest.approx(values[name], abs=2e-6)


def test_the_groups_follow_the_edges_of_the_parameters(project):
    set_params(project, {"evaluate.history_edges": [27]})
    evaluate.main([])
    known = pd.concat([read_events(Path(f"data/split/{part}.parquet")) for part in ("train", "valid")])
    longer = int((known["user_id"].value_counts() > 27).sum())
    groups = load("metrics/evaluate_breakdown.json")["history_length"]
    assert {name: group["users"] for name, group in groups.items()} == {"1-27": USERS - longer, "over 27": longer}


def test_the_plots_of_groups_have_one_row_per_value(project):
    evaluate.main([])
    for name, groups in parts().items():
        rows = load(f"metrics/plots/{name}.json")[name]
        assert len(rows) == len(groups) * 4 * 3
        assert {(row["group"], row["users"]) for row in rows} == {(at, group["users"]) for at, group in groups.items()}


def test_users_with_no_more_items_left_than_the_list_has_places_are_counted_and_told(project, caplog):
    """Each has 26 or 27 of 40 items from train, and one more from validation at most."""
    evaluate.main([])
    assert load("metrics/evaluate_breakdown.json")["certain_hits"] == {"hit@5": 0, "hit@10": 0, "hit@20": USERS}
    told = "hit@20: 30 of 30 test users have no more items left than that, so every policy hits"
    assert [record.getMessage() for record in caplog.records] == [told]


def test_an_undefined_metric_is_absent(project):
    items = read_table(Path("data/prepared/items.parquet"), ["item_id"])
    write_table(items, Path("data/prepared/items.parquet"))
    assert evaluate.main([]) == 0
    assert "diversity@10" not in load("metrics/evaluate_differences.json")["two_stage_minus_svd"]
    assert {row["metric"] for row in load("metrics/plots/policies.json")["policies"]} == {*NAMES} - {"diversity"}


def test_the_same_bytes_on_any_number_of_threads(project):
    with threadpool_limits(1):
        assert evaluate.main([]) == 0
    before = [Path(path).read_bytes() for path in OUTPUTS]
    variables = {"PYTHONPATH": str(ROOT / "src"), "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, str(ROOT / "stages/evaluate.py")], env=os.environ | variables, check=True)
    assert [Path(path).read_bytes() for path in OUTPUTS] == before


@pytest.mark.parametrize("kind", ["local", "dask"])
def test_the_same_bytes_from_any_number_of_parts_on_any_engine(project, monkeypatch, kind):
    """Of 99 parts, most have no user."""
    if kind == "dask":
        pytest.importorskip("distributed", reason="Dask is not installed; make cluster installs it")
    assert evaluate.main([]) == 0
    before = [Path(path).read_bytes() for path in OUTPUTS]
    set_params(project, {"engine.kind": kind})
    monkeypatch.setattr(per_user, "CHUNK", 7)
    for count in (3, 99):
        with as_a_set():
            for name in evaluate.SPLIT:
                write_events(read_events(Path(name)), Path(name), count)
        assert evaluate.main([]) == 0
        assert [Path(path).read_bytes() for path in OUTPUTS] == before


def test_bad_recommendations_end_with_one_message_and_nothing_written(project, caplog):
    frame = read_table(Path("data/recommendations/svd.parquet"))
    write_table(pd.concat([frame, frame.tail(1)]), Path("data/recommendations/svd.parquet"))
    assert evaluate.main([]) == 1
    assert "recommendations of svd: column 'item_id': user 29 has item 19 twice" in caplog.text
    assert not any(Path(path).exists() for path in OUTPUTS)


@pytest.mark.parametrize("path", evaluate.INPUTS)
def test_a_missing_input_is_named(project, caplog, path):
    Path(path).rename("elsewhere")
    assert evaluate.main([]) == 1
    assert f"{path}: no {'parts' if path in evaluate.SPLIT else 'such file'}; run `dvc repro`" in caplog.text


def test_the_stage_takes_no_arguments(capsys):
    with pytest.raises(SystemExit):
        evaluate.main(["--k", "5"])
    assert "unrecognized arguments" in capsys.readouterr().err
