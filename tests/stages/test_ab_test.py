import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from threadpoolctl import threadpool_limits

from recommender.files import read_json, read_table, write_table
from recommender.measured import read_details
from stages import ab_test
from tests.logs import delete, save_events

ROOT = Path(__file__).parents[2]
USERS = 200
OUTPUTS = [
    *("metrics/ab_test.json", "metrics/plots/ab_test_differences.json", "metrics/plots/ab_test_levels.csv"),
    "metrics/details/ab_test.csv",
]
NOBODY = {"random": 0.0, "popularity": 0.0, "svd": 0.0, "two_stage": 0.0}


def history():
    random = np.random.default_rng(1)
    lengths = random.integers(3, 40, USERS)
    frame = pd.DataFrame({"user_id": np.repeat(np.arange(USERS), lengths), "rating": 4.0})
    frame["item_id"] = random.integers(0, 50, len(frame))
    return frame.assign(timestamp=pd.Timestamp("1998-01-01", tz="UTC"))


def per_user():
    random = np.random.default_rng(2)
    tables = []
    for policy, rate in {"popularity": 0.1, "random": 0.02, "svd": 0.2, "two_stage": 0.4}.items():
        hits = (random.random(USERS) < rate).astype(float)
        table = pd.DataFrame({"user_id": range(USERS), "policy": policy, "hit@10": hits})
        tables.append(table.assign(**{"ndcg@10": hits * random.random(USERS)}))
    return pd.concat(tables, ignore_index=True)


@pytest.fixture
def project(tmp_path, monkeypatch):
    events = history()
    first = events.groupby("user_id").cumcount() == 0
    save_events(events[~first], tmp_path / "data/split/train.parquet")
    save_events(events[first], tmp_path / "data/split/valid.parquet")
    write_table(per_user(), tmp_path / "data/evaluation/per_user.parquet")
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    set_section(resalts=100)
    return tmp_path


def set_section(**changes):
    values = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    values["ab_test"] |= changes
    Path("params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")


def load():
    return read_details(Path(OUTPUTS[3]))


def leaves(values):
    return [leaf for value in values.values() for leaf in (leaves(value) if isinstance(value, dict) else [value])]


def test_the_report_holds_every_part_and_nothing_but_numbers(project):
    assert ab_test.main([]) == 0
    found = load()
    assert set(found) == {"users", "arms", "sample_ratio", "correlation", "differences", "resalted"}
    assert set(found["arms"]) == {"popularity", "svd", "two_stage"}
    assert set(found["differences"]) == set(found["resalted"]) == {"popularity_minus_svd", "two_stage_minus_svd"}
    for metrics in found["differences"].values():
        assert set(metrics) == {"hit@10", "ndcg@10"}
        assert all(set(ways) == {"plain", "cuped", "paired"} for ways in metrics.values())
    assert all(isinstance(leaf, (int, float)) for leaf in leaves(found))


def test_arms_are_those_of_the_parameters(project):
    set_section(arms=NOBODY | {"random": 0.25, "two_stage": 0.75}, control="random")
    assert ab_test.main([]) == 0
    found = load()
    assert set(found["differences"]) == {"two_stage_minus_random"}
    assert found["arms"]["random"]["users"] == pytest.approx(50, abs=25)


def test_strata_even_the_arms_out(project):
    set_section(strata=5)
    assert ab_test.main([]) == 0
    assert load()["sample_ratio"]["p_value"] > 0.9


def test_the_plots_have_a_row_per_value(project):
    ab_test.main([])
    rows = read_json(Path(OUTPUTS[1]))["differences"]
    assert len(rows) == 2 * 2 * 3
    levels = pd.read_csv(OUTPUTS[2])
    assert set(levels.columns) == {"comparison", "metric", "way", "served", "level", "share"}
    assert levels.groupby(["comparison", "metric", "way", "served"]).size().nunique() == 1


def test_the_order_of_arms_in_the_file_and_of_rows_in_the_tables_changes_nothing(project):
    ab_test.main([])
    before = [Path(path).read_bytes() for path in OUTPUTS]
    section = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["ab_test"]
    set_section(arms=dict(reversed(section["arms"].items())))
    assert ab_test.main([]) == 0
    assert [Path(path).read_bytes() for path in OUTPUTS] == before


def test_another_salt_serves_others(project):
    ab_test.main([])
    before = load()
    set_section(salt="another")
    ab_test.main([])
    assert load()["arms"] != before["arms"]
    assert load()["correlation"] == before["correlation"]
    one, other = (each["differences"]["two_stage_minus_svd"]["hit@10"]["paired"] for each in (before, load()))
    assert one == other


def test_the_root_seed_does_not_move_users(project):
    ab_test.main([])
    before = Path(OUTPUTS[0]).read_bytes()
    values = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    values["base"]["seed"] = 7
    Path("params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    ab_test.main([])
    assert Path(OUTPUTS[0]).read_bytes() == before


def test_the_same_bytes_on_any_number_of_threads(project):
    with threadpool_limits(1):
        assert ab_test.main([]) == 0
    before = [Path(path).read_bytes() for path in OUTPUTS]
    variables = {"PYTHONPATH": str(ROOT / "src"), "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, str(ROOT / "stages/ab_test.py")], env=os.environ | variables, check=True)
    assert [Path(path).read_bytes() for path in OUTPUTS] == before


def test_a_policy_that_was_not_evaluated_is_named_and_nothing_is_written(project, caplog):
    frame = read_table(Path("data/evaluation/per_user.parquet"))
    write_table(frame[frame["policy"] != "svd"], Path("data/evaluation/per_user.parquet"))
    assert ab_test.main([]) == 1
    assert "per-user values: no row of policy svd; run `dvc repro evaluate`" in caplog.text
    assert not any(Path(path).exists() for path in OUTPUTS)


def test_an_arm_without_users_is_named(project, caplog):
    set_section(arms=NOBODY | {"svd": 0.9999, "random": 0.0001})
    assert ab_test.main([]) == 1
    assert "ab_test.arms.random: 0 of 200 users are in this arm, expected 2 or more" in caplog.text
    assert not any(Path(path).exists() for path in OUTPUTS)


@pytest.mark.parametrize("path", ab_test.INPUTS)
def test_a_missing_input_is_named(project, caplog, path):
    delete(Path(path))
    assert ab_test.main([]) == 1
    assert f"{path}: no {'parts' if path in ab_test.HISTORY else 'such file'}; run `dvc repro`" in caplog.text
