"""The number of parts of the tables of events changes nothing else."""

import pytest

from tests.logs import table_at
from tests.pipeline.conftest import CONFIGURATIONS
from tests.project.project import PIPELINE, hashes, make_project, run_stages

OTHERS = ("data/prepared/interactions.parquet/", "data/split/", "data/request_logs/")
"""What is in parts, and the request logs, which name the bytes that lists were made from."""


@pytest.mark.parametrize("name", ["own", "dates"])
def test_models_recommendations_and_metrics_are_the_same_bytes(run_of, tmp_path, name):
    whole, ran = run_of(name), [*PIPELINE, "evaluate"]
    events = len(table_at(whole / "data/prepared/interactions.parquet"))
    parted = make_project(tmp_path, CONFIGURATIONS[name] | {"prepare.part_events": -(-events // 3)})
    assert run_stages(parted, ran) == dict.fromkeys(ran, 0)
    assert len([*(parted / "data/split/train.parquet").iterdir()]) == 3
    one, three = (
        {path: found for path, found in hashes(folder, ran).items() if not path.startswith(OTHERS)}
        for folder in (whole, parted)
    )
    assert len(one) > 20
    assert one == three


@pytest.mark.parametrize("table", ["train", "valid", "test", "requests"])
def test_a_split_by_dates_holds_out_the_same_events(run_of, tmp_path, table):
    parted = make_project(tmp_path, CONFIGURATIONS["dates"] | {"prepare.part_events": 100})
    assert run_stages(parted, ["download", "prepare", "split"]) == {"download": 0, "prepare": 0, "split": 0}
    one, many = (table_at(folder / f"data/split/{table}.parquet") for folder in (run_of("dates"), parted))
    assert one.equals(many.sort_values("user_id", kind="stable", ignore_index=True))
