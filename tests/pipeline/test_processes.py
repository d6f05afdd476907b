"""A stage as a process of its own: what is edited while it imports, who started it, and which Python it is."""

import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.pipeline.conftest import PYTHON
from tests.project.project import copy_code, hashes, set_params, stages

SPLIT = stages()["split"]
SLOW_PANDAS = """
import sys
with open("gate") as gate:
    gate.read()
sys.path.remove(__file__.rpartition("/")[0])
del sys.modules["pandas"]
import pandas
"""
SHELLS = [name for name in ("sh", "dash", "bash", "zsh", "fish", "tcsh") if shutil.which(name)]
PARENT = "import subprocess, sys; subprocess.run(sys.argv[1:])"


@pytest.fixture
def folder(copy_of_finished):
    """A finished project with its code, in which the import of pandas waits until the gate was opened and closed."""
    copy_code(copy_of_finished)
    os.mkfifo(copy_of_finished / "gate")
    (copy_of_finished / "slow").mkdir()
    (copy_of_finished / "slow/pandas.py").write_text(SLOW_PANDAS)
    return copy_of_finished


@contextmanager
def importing(folder, command, variables):
    """Start a process and run the block while it imports pandas; the gate is a file that closes when the stage ends."""
    with (
        open(folder / "errors.txt", "w") as errors,
        subprocess.Popen(command, cwd=folder, env=variables, stderr=errors) as process,
        open(folder / "gate", "w") as gate,
    ):
        yield process, gate


@pytest.mark.parametrize("edited", ["stages/split.py", "src/recommender/log/splitting.py", "src/recommender/stage.py"])
def test_code_that_is_edited_during_the_imports_spoils_the_result(edited, folder, finished, environment):
    variables = environment | {"PYTHONPATH": f"{folder}/slow:{folder}/src"}
    with importing(folder, [*PYTHON, SPLIT.script], variables) as (process, _):
        path = folder / edited
        path.write_text(path.read_text() + "# another version\n")
    assert process.returncode == 1
    assert f"{edited}: changed while the stage ran" in (folder / "errors.txt").read_text()
    assert hashes(folder, ["split"]) == hashes(finished, ["split"])


@pytest.mark.parametrize("shell", SHELLS)
def test_a_stage_ends_with_dvc_whatever_the_shell_even_while_it_imports(shell, folder, environment):
    command = SPLIT.cmd.replace("PYTHONPATH=src", shlex.quote(f"PYTHONPATH={folder}/slow:{folder}/src"))
    parent = [*PYTHON, "-c", PARENT, shell, "-c", command]
    with importing(folder, parent, environment | {"DVC_STAGE": "split"}) as (process, gate):
        poll = select.poll()
        poll.register(gate, select.POLLERR)
        assert not poll.poll(0)
        process.send_signal(signal.SIGKILL)
        assert poll.poll(60_000), "the stage lives on"


def run(folder, environment, *options, script=SPLIT.script, **more):
    command = [sys.executable, *options, script]
    variables = environment | {"PYTHONPATH": "src"} | more.pop("env", {})
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False, **more)


def test_a_stage_that_dvc_left_behind_does_not_start(folder, environment):
    """DVC and its stages are one process group."""
    ran = run(folder, environment, env={"DVC_STAGE": "split"}, start_new_session=True)
    assert (ran.returncode, ran.stderr) == (1, "error: dvc ended while this stage started; run it again\n")


def test_a_python_without_the_packages_is_one_line(folder, environment):
    ran = run(folder, environment, "-S")
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"error: {sys.executable} is not the Python of this project; activate ")
    assert ran.stderr.count("\n") == 1


def test_a_file_name_that_the_locale_lacks_is_one_line(folder, environment):
    set_params(folder, {"dataset.path": "data/local/Bücher.csv"})
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = run(folder, environment, script="stages/download.py", env=ascii_only)
    assert ran.returncode == 1
    assert ran.stderr.endswith(
        "Bücher.csv': no name of a file in this locale; set PYTHONUTF8=1\n".replace("ü", "\\xfc")
    )
    assert ran.stderr.count("\n") == 1
