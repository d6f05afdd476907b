"""A stage that is killed or fails leaves whole files or none under the final names; a rerun gives the same bytes."""

import shutil
import signal

from tests.project.project import files_of, hashes, make_project, run_stages, set_params, stages

STAGES = stages()


def remove_outputs(folder, stage):
    """As DVC does before it runs a stage."""
    for out in stage.outs:
        place = folder / out
        shutil.rmtree(place) if place.is_dir() else place.unlink()


def test_a_kill_leaves_whole_files_and_a_rerun_completes(copy_of_finished, finished, kill):
    folder = copy_of_finished
    for name, which in {"download": 2, "split": 1, "train_ranker": 2}.items():
        remove_outputs(folder, STAGES[name])
        assert kill(folder, STAGES[name], which) == signal.SIGKILL
        there, whole = hashes(folder, [name]), hashes(finished, [name])
        named = {path: digest for path, digest in there.items() if not path.endswith(".tmp")}
        assert len(named) == which - 1
        assert named.items() <= whole.items()
        assert run_stages(folder, [name]) == {name: 0}
        assert hashes(folder, [name]) == whole


def test_a_kill_of_a_rerun_leaves_the_old_file_or_the_new_one(copy_of_finished, finished, kill):
    assert kill(copy_of_finished, STAGES["train_svd"], 2) == signal.SIGKILL
    assert hashes(copy_of_finished, ["train_svd"]) == hashes(finished, ["train_svd"])


def test_a_failure_before_the_first_write_leaves_nothing(tmp_path):
    folder = make_project(tmp_path)
    run_stages(folder, ["download", "prepare", "split"])
    set_params(folder, {"train_svd.n_components": 1000})
    assert run_stages(folder, ["train_svd"]) == {"train_svd": 1}
    assert not (folder / "models").exists()
    assert not list(folder.rglob("*.tmp"))


def test_a_disk_that_fills_up_leaves_the_whole_old_set_and_no_part(copy_of_finished, finished, monkeypatch):
    synced = []

    def full(file):
        synced.append(file)
        if len(synced) > 2:
            raise OSError(28, "No space left on device")

    set_params(copy_of_finished, {"split.method": "global_time"})
    monkeypatch.setattr("os.fsync", full)
    assert run_stages(copy_of_finished, ["split"]) == {"split": 1}
    assert len(synced) == 3
    assert hashes(copy_of_finished, ["split"]) == hashes(finished, ["split"])
    assert not [path for path in files_of(copy_of_finished, "data") if path.suffix == ".tmp"]
