"""A stage that is killed or fails leaves whole files or none under the final names; a rerun gives the same bytes."""

import shutil
import signal
import subprocess

import pytest

from tests.pipeline.conftest import PYTHON
from tests.project.project import ROOT, files_of, hashes, make_project, run_stages, set_params, stages

KILL_AT = """
import importlib, os, signal, sys
left, replace = [int(sys.argv[3])], os.replace

def killing_replace(source, target):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)

os.replace = killing_replace
importlib.import_module(sys.argv[1]).main(sys.argv[2].split())
"""
STAGES = stages()


def kill_at(folder, environment, stage, which):
    """Run a stage that is killed when its n-th file is whole but not yet in its place."""
    command = [*PYTHON, "-c", KILL_AT, stage.module.__name__, " ".join(stage.argv), str(which)]
    variables = environment | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, check=False).returncode


def remove_outputs(folder, stage):
    """As DVC does before it runs a stage."""
    for out in stage.outs:
        place = folder / out
        shutil.rmtree(place) if place.is_dir() else place.unlink()


@pytest.mark.parametrize(("name", "which"), [("download", 2), ("split", 1), ("train_ranker", 2)])
def test_a_kill_leaves_whole_files_and_a_rerun_completes(name, which, copy_of_finished, finished, environment):
    stage, folder = STAGES[name], copy_of_finished
    remove_outputs(folder, stage)
    assert kill_at(folder, environment, stage, which) == -signal.SIGKILL
    there, whole = hashes(folder, [name]), hashes(finished, [name])
    named = {path: digest for path, digest in there.items() if not path.endswith(".tmp")}
    assert len(named) == which - 1
    assert named.items() <= whole.items()
    assert run_stages(folder, [name]) == {name: 0}
    assert hashes(folder, [name]) == whole


def test_a_kill_of_a_rerun_leaves_the_old_file_or_the_new_one(copy_of_finished, finished, environment):
    assert kill_at(copy_of_finished, environment, STAGES["train_svd"], 2) == -signal.SIGKILL
    assert hashes(copy_of_finished, ["train_svd"]) == hashes(finished, ["train_svd"])


def test_a_failure_before_the_first_write_leaves_nothing(tmp_path):
    folder = make_project(tmp_path)
    run_stages(folder, ["download", "prepare", "split"])
    set_params(folder, {"train_svd.n_components": 1000})
    assert run_stages(folder, ["train_svd"]) == {"train_svd": 1}
    assert not (folder / "models").exists()
    assert not list(folder.rglob("*.tmp"))


def test_a_full_disk_leaves_the_old_bytes_and_no_part(copy_of_finished, finished, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("recommender.files.os.fsync", full)
    assert run_stages(copy_of_finished, ["split"]) == {"split": 1}
    assert hashes(copy_of_finished, ["split"]) == hashes(finished, ["split"])
    assert not [path for path in files_of(copy_of_finished, "data") if path.suffix == ".tmp"]
