import logging
import os
from pathlib import Path

import pytest

from recommender import stage
from recommender.errors import DataError
from recommender.outputs import write_bytes
from tests.project.project import ROOT, leaves, read_params

OWN = (Path(__file__).parents[1] / "params.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(OWN, encoding="utf-8")
    Path("folder").mkdir()
    for name in ("one.txt", "folder/two.txt"):
        Path(name).write_text("old")
    return tmp_path


@pytest.fixture
def run(caplog):
    """Run some work and return the exit code and the lines that were shown."""

    def run_and_listen(work, inputs=("one.txt", "folder"), keys=("train_svd", "base.seed")):
        with caplog.at_level(logging.INFO):
            code = stage.run(work, inputs, keys)
        return code, [record.getMessage() for record in caplog.records]

    return run_and_listen


def edit_params(old, new):
    path = Path("params.yaml")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_good_work(run):
    done = []
    assert run(lambda: done.append(1)) == (0, [])
    assert done == [1]


def test_an_error_of_the_user_is_one_line_without_a_trace(run, caplog):
    def work():
        raise DataError("data/x: line 3: no rating; add one")

    assert run(work) == (1, ["error: data/x: line 3: no rating; add one"])
    assert caplog.records[0].exc_info is None


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        (("base.seed",), "prepare.user_fraction"),
        (("split", "engine"), "prepare.part_events, engine.workers, prepare.user_fraction"),
        (("sequence", "split.ties"), "sequence.ridge_items, prepare.user_fraction"),
    ],
)
def test_a_machine_that_is_too_small_is_one_line_that_names_what_to_lower(run, keys, named):
    def work():
        raise MemoryError("Unable to allocate 16.0 GiB")

    message = f"error: not enough memory (Unable to allocate 16.0 GiB); lower one of: {named}"
    assert run(work, keys=keys) == (1, [message])


def test_what_a_message_says_to_lower_is_a_parameter():
    assert {*stage._SIZES.values()} <= {*leaves(read_params(ROOT / "params.yaml"))}


@pytest.mark.parametrize("name", ["one.txt/models/ranker.txt", "folder"])
def test_a_file_that_cannot_be_written_is_one_line_that_names_it(run, name):
    code, lines = run(lambda: write_bytes(Path(name), b"new"), inputs=())
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith(f"error: {name.partition('/models')[0]}")
    assert lines[0].endswith("free some space, or correct the path or its permissions, and run it again")
    assert not [path for path in Path.cwd().rglob("*") if path.name.endswith(".tmp")]


def test_a_full_disk_is_one_line(run, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    code, lines = run(lambda: write_bytes(Path("new.txt"), b"new"))
    assert code == 1
    assert lines[0].startswith("error: new.txt: No space left on device; free some space")
    assert not Path("new.txt").exists()


def test_an_error_of_the_code_keeps_its_trace(run):
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0)


def test_bad_parameters_stop_the_work_before_it_starts(run):
    edit_params("seed: 42", "sead: 42")
    code, lines = run(lambda: pytest.fail("started"))
    assert code == 1
    assert len(lines) == 1
    assert "base.sead: unknown parameter; did you mean seed?" in lines[0]


CHANGES = {
    "one.txt": lambda: Path("one.txt").write_text("new"),
    "folder/two.txt": lambda: Path("folder/two.txt").write_text("new"),
    "folder": lambda: Path("folder/three.txt").write_text("new"),
    "one.txt: ": lambda: Path("one.txt").unlink(),
    "params.yaml: base.seed": lambda: edit_params("seed: 42", "seed: 43"),
    "params.yaml: train_svd": lambda: edit_params("n_iter: 7", "n_iter: 8"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_input_that_changes_during_the_work_spoils_it(run, name):
    code, lines = run(CHANGES[name])
    assert code == 1
    assert len(lines) == 1
    assert lines[0].startswith(f"error: {name.removesuffix(': ')}: changed while the stage ran")
    assert lines[0].endswith("run it again")


def test_a_refused_result_is_not_written(run):
    def work():
        write_bytes(Path("result.txt"), b"new")
        Path("one.txt").write_text("new")

    write_bytes(Path("result.txt"), b"old")
    assert run(work)[0] == 1
    assert Path("result.txt").read_bytes() == b"old"
    assert not list(Path.cwd().glob(".*.tmp"))


def test_a_removed_input_file_of_a_folder_spoils_it(run):
    assert run(Path("folder/two.txt").unlink)[0] == 1


def test_what_the_stage_does_not_read_may_change(run):
    def work():
        edit_params("n_iter: 7", "n_iter: 8")
        Path("other.txt").write_text("new")

    assert run(work, keys=("base.seed",)) == (0, [])


def test_a_rewrite_of_the_same_bytes_is_no_change(run):
    assert run(lambda: Path("one.txt").write_text("old")) == (0, [])


def test_a_module_edited_during_the_work_spoils_it(run, tmp_path, monkeypatch):
    copy = tmp_path / "copy.py"
    for module in ("recommender.seeds", "recommender_lab.report.settings"):
        copy.write_text("old")
        with monkeypatch.context() as patch:
            patch.setattr(f"{module}.__file__", str(copy))
            code, lines = run(lambda: copy.write_text("new"))
        assert code == 1
        assert "copy.py: changed while the stage ran" in lines[-1]


def test_a_module_first_imported_by_the_work_is_no_change(run, tmp_path, monkeypatch):
    def work():
        monkeypatch.setitem(stage.sys.modules, "recommender.late", stage)

    assert run(work) == (0, [])


class TestParse:
    def test_help_shows_the_docstring_and_ends_well(self, capsys):
        with pytest.raises(SystemExit) as end:
            stage.parse("Does this.\n\nReads that.", ["--help"])
        assert end.value.code == 0
        assert "Does this.\n\nReads that." in capsys.readouterr().out

    def test_any_other_argument_is_refused(self, capsys):
        with pytest.raises(SystemExit) as end:
            stage.parse("Does this.", ["--seed", "1"])
        assert end.value.code == 2
        assert "unrecognized arguments: --seed 1" in capsys.readouterr().err

    def test_no_argument_is_right(self):
        stage.parse("Does this.", [])
