import json
import os
import subprocess
import sys

import pytest
import yaml

from benchmarks import pipeline, timed, workspace

DVC_YAML = """stages:
  one:
    cmd: python stages/one.py --policy a
    deps: [stages/one.py, params.yaml]
    outs: [out.txt]
"""
SCRIPT = """import sys, yaml
block = bytearray(50_000_000)
open("out.txt", "w").write(str(yaml.safe_load(open("params.yaml"))["dataset"]["name"]))
"""


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "root"
    (root / "stages").mkdir(parents=True)
    (root / "metrics").mkdir()
    files = {
        "dvc.yaml": DVC_YAML,
        "dvc.lock": "stale",
        "params.yaml": "dataset: {name: a, path: null}\nother: {x: 1}\n",
        "stages/one.py": SCRIPT,
        ".gitignore": "secret\n",
        "secret": "",
        "metrics/one.json": "{}",
    }
    for name, text in files.items():
        (root / name).write_text(text)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet", "--no-scm"], cwd=root, check=True)
    return root


def test_the_copy_runs_from_cold_and_every_stage_is_measured(project, tmp_path):
    made = workspace.prepare(tmp_path / "copy", {"dataset": {"name": "b"}}, project)
    assert not [name for name in ("dvc.lock", "secret", "metrics") if (made.project / name).exists()]
    found = pipeline.measure(made)
    assert (made.project / "out.txt").read_text() == "b"
    assert [stage["name"] for stage in found["stages"]] == ["one a"]
    assert found["stages"][0]["peak_bytes"] > 50_000_000
    assert found["cold"]["peak_bytes"] > 50_000_000
    assert found["cold"]["wall_s"] > found["stages"][0]["wall_s"] > 0


def test_a_stage_that_fails_ends_the_benchmark(project, tmp_path):
    (project / "stages/one.py").write_text("raise SystemExit(3)")
    made = workspace.prepare(tmp_path / "copy", {}, project)
    with pytest.raises(subprocess.CalledProcessError):
        made.repro()
    assert made.stages()[0]["code"] == 3


def test_overrides_replace_keys_and_change_nothing_in_place():
    params = yaml.safe_load("a: {x: 1, y: 2}\nb: {z: 3}")
    assert workspace.merged(params, {"a": {"x": 5}}) == {"a": {"x": 5, "y": 2}, "b": {"z": 3}}
    assert params["a"]["x"] == 1


def test_the_timer_passes_the_exit_code_on(tmp_path):
    costs = tmp_path / "costs.jsonl"
    assert timed.main([str(costs), sys.executable, "-c", "raise SystemExit(4)"]) == 4
    assert timed.main([str(costs), sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]) == 137
    assert [json.loads(line)["code"] for line in costs.read_text().splitlines()] == [4, -9]


def test_memory_of_a_process_that_is_gone_is_0():
    assert workspace.memory_of_tree(os.getpid()) > 1_000_000
    assert workspace.memory_of_tree(2**22 + 1) == 0


def test_the_log_to_run_on(tmp_path):
    assert pipeline.dataset(pipeline.Log("movielens-1m", None, 1, 1, 1), tmp_path)["path"] is None
    found = pipeline.dataset(pipeline.Log("synthetic", None, 3, 10, 12), tmp_path)
    assert found == {"name": "interaction-log", "path": str(tmp_path / "log.csv")}
    assert (tmp_path / "log.csv").read_text().count("\n") == 13


def test_stages_run_without_dvc_from_one_to_another_in_the_order_of_the_file(project, tmp_path):
    """Each appends its name; DVC would have removed the output that is there."""
    command = 'echo {} >> out.txt; exec env PYTHONPATH=src python -c "import yaml"'
    stages = {name: {"cmd": command.format(name)} for name in ("zero", "two", "one", "three")}
    (project / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False))
    made = workspace.prepare(tmp_path / "copy", {}, project)
    (made.project / "out.txt").write_text("before\n")
    made.run("two", "one")
    assert (made.project / "out.txt").read_text() == "before\ntwo\none\n"
    assert len(made.stages()) == 2


def test_a_stage_that_fails_without_dvc_ends_the_benchmark_too(project, tmp_path):
    (project / "stages/one.py").write_text("raise SystemExit(3)")
    made = workspace.prepare(tmp_path / "copy", {}, project)
    with pytest.raises(subprocess.CalledProcessError):
        made.run("one", "one")
