import json
from pathlib import Path

import pandas as pd
import pytest

from recommender.measured import read_details
from recommender_lab.drift.findings import HISTOGRAM
from stages import monitor
from tests.recommender_lab.drift.made import line, write_lines

ROOT = Path(__file__).parents[2]
NAMES = ("drift", "drift_features", "drift_sources")


def requests(policy, n=200, later=()):
    """So many requests to a policy; of the last 30 % something else is true."""
    changes = dict(later)
    return [
        line(1500 * at, user=at, model=policy, policy=policy, **(changes if at >= 0.7 * n else {})) for at in range(n)
    ]


@pytest.fixture
def project(tmp_path, monkeypatch):
    for policy in monitor.POLICIES:
        write_lines(tmp_path / f"data/request_logs/{policy}.jsonl", requests(policy))
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found():
    return read_details(Path("metrics/details/monitor.csv"))


def test_nothing_moved(project):
    assert monitor.main([]) == 0
    assert {policy: values["alerts"] for policy, values in found().items()} == dict.fromkeys(monitor.POLICIES, 0)
    assert found()["svd"]["requests"] == {"reference": 140, "current": 60, "enough": 1}


def test_an_alert_fails_nothing(project):
    moved = {"features": {"history_events": 99.0, "pause_hours": 0.5}}
    write_lines(project / "data/request_logs/svd.jsonl", requests("svd", later=moved))
    assert monitor.main([]) == 0
    assert found()["svd"]["features"]["history_events"]["alert"] == 1
    assert {policy: values["alerts"] for policy, values in found().items() if policy != "svd"} == dict.fromkeys(
        ("random", "popularity", "two_stage"), 0
    )


def test_one_request_per_policy_is_too_few_for_anything(project):
    for policy in monitor.POLICIES:
        write_lines(project / f"data/request_logs/{policy}.jsonl", requests(policy, 1))
    assert monitor.main([]) == 0
    assert found()["svd"] == {"requests": {"reference": 1, "current": 0, "enough": 0}, "alerts": 0}


def test_a_missing_log_is_an_error_that_names_it(project, caplog):
    (project / "data/request_logs/svd.jsonl").unlink()
    assert monitor.main([]) == 1
    assert "data/request_logs/svd.jsonl: cannot be read (No such file or directory)" in caplog.text
    assert not Path("metrics/monitor.json").exists()


def test_the_rows_hold_what_the_templates_draw(project):
    monitor.main([])
    table = pd.read_csv("metrics/plots/drift_features.csv")
    assert tuple(table.columns) == HISTOGRAM
    assert table.groupby(["policy", "feature", "window"])["share"].sum().between(0.99, 1.01).all()
    rows = {name: json.loads(Path(f"metrics/plots/{name}.json").read_text()) for name in ("drift", "drift_sources")}
    columns = {name: set(next(iter(values.values()))[0]) for name, values in rows.items()}
    assert columns["drift"] == {"policy", "feature", "measure", "value", "alert"}
    for name in NAMES:
        template = json.loads((ROOT / f".dvc/plots/{name}.json").read_text(encoding="utf-8"))
        own = {field for field in fields(template) if not field.startswith("<DVC_METRIC_")}
        assert own <= columns.get(name, set(HISTOGRAM)) | {"rev"}


def fields(value):
    if isinstance(value, list):
        return set().union(*map(fields, value))
    if not isinstance(value, dict):
        return set()
    own = {value["field"]} if isinstance(value.get("field"), str) else set()
    return own.union(*map(fields, value.values()))
