import json
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from benchmarks import large
from recommender.outputs import as_a_set
from recommender.parts import read_events, write_events

COST = {"code": 0, "cpu_s": 1.0, "wall_s": 2.0, "peak_bytes": 2**30}


class Fake:
    """Stands in for a workspace: its stages do nothing, and each writes down the engine that it would use."""

    def __init__(self, folder):
        self.project, self.ran = folder, []
        (folder / "params.yaml").write_text("engine: {kind: local, workers: 2}\n")
        with as_a_set():
            write_events(pd.DataFrame({"user_id": range(30), "timestamp": 0}), folder / large.REQUESTS)

    def run(self, first, last):
        kind = yaml.safe_load((self.project / "params.yaml").read_text())["engine"]["kind"]
        self.ran += [(kind, name) for name in dict.fromkeys((first, last))]

    def stages(self):
        return [COST | {"name": name} for _, name in self.ran]


def test_each_engine_runs_the_stages_that_have_one_and_the_first_all_of_them(tmp_path, monkeypatch):
    monkeypatch.setattr(large, "ASKED", 10)
    workspace = Fake(tmp_path)
    found = [*large.measure(workspace, ["local", "dask"])][-1]
    assert [stage["name"] for stage in found["local"]] == [
        *("download", "prepare", "split", "train_svd", "recommend_svd", "train_sequence"),
    ]
    assert [stage["name"] for stage in found["dask"]] == ["split", "train_svd", "recommend_svd", "train_sequence"]
    assert {kind for kind, _ in workspace.ran[6:]} == {"dask"}
    assert len(read_events(tmp_path / large.REQUESTS)) == 10


def test_the_largest_process_below_a_stage_is_found():
    """A timer, the stage that it runs and a worker of the stage; the memory is that of the worker."""
    worker = "held = b'1' * 200_000_000; import sys; sys.stdin.read()"
    stage = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {worker!r}])"
    timer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {stage!r}])"
    with large.watched() as watch, subprocess.Popen([sys.executable, "-c", timer], stdin=subprocess.PIPE) as process:
        for _ in range(300):
            if watch.peak > 200_000_000:
                break
            watch.join(0.1)
        process.communicate()
    assert 200_000_000 < watch.peak < 400_000_000


def test_a_line_per_engine_and_stage():
    found = {"dask": [COST | {"name": "split", "worker_bytes": 2**29}]}
    (line,) = large.rows(json.loads(json.dumps(found)))
    assert line == {
        "engine": "dask",
        "stage": "split",
        "CPU s": 1.0,
        "wall s": 2.0,
        "GiB of the largest process": 1.0,
        "GiB of the largest worker": 0.5,
    }


def test_unknown_engines_are_refused(capsys):
    with pytest.raises(SystemExit):
        large.main(["--engines", "spark"])
    assert "spark" in capsys.readouterr().err
