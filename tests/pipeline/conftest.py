"""Runs of the miniature project for all tests that only look at them; see `once` for how workers share them."""

import datetime as dt
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.project.project import ROOT, changed_params, copy_code, make_project, run_stages, stages
from tests.shared_folder import once

FAISS = importlib.util.find_spec("faiss") is not None
TORCH = importlib.util.find_spec("torch") is not None
PYTHON = [sys.executable, "-W", "ignore"]
CONFIGURATIONS = {
    "own": {},
    "dates": {
        "split.method": "global_time",
        "split.valid_from": dt.date(1998, 8, 1),
        "split.test_from": dt.date(1998, 9, 15),
        "train_svd.values": "log_count",
        "features.user_columns": True,
        "features.item_columns": True,
    },
    "text_ids": {
        "base.seed": 7,
        "prepare.user_fraction": 0.8,
        "split.method": "global_time",
        "split.ties": "file_order",
        "train_svd.values": "binary",
        "train_svd.index": "hnsw" if FAISS else "exact",
        "sequence.request_time": False,
        "build_ranking.label": "liked",
        "train_ranker.objective": "binary",
        "candidates.neural": 5 if TORCH else 0,
        "neural.epochs": 1,
        "features.user_columns": True,
        "features.item_columns": True,
    },
}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_DEFAULT_THREADS")
SURROUNDINGS = {
    "own": {"threads": "1", "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
    "text_ids": {"threads": "2", "PYTHONHASHSEED": "2", "LC_ALL": "C", "TZ": "Asia/Kathmandu"},
}
"""Where the stages of a configuration run a second time, in a folder with another name."""


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Of the subprocesses: this Python first, no byte code, DVC's own files elsewhere."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    cache = str(tmp_path_factory.mktemp("site_cache"))
    return os.environ | {
        "PATH": path,
        "DVC_SITE_CACHE_DIR": cache,
        "PYTHONDONTWRITEBYTECODE": "1",
        "DVC_NO_ANALYTICS": "1",
    }


@pytest.fixture(scope="session")
def run_of(tmp_path_factory):
    """Return the folder of a finished run with a configuration; write only into a copy of it."""

    def run_of(name):
        def run(folder):
            make_project(folder, CONFIGURATIONS[name], text_ids=name == "text_ids")
            assert run_stages(folder) == dict.fromkeys(stages(), 0)

        return once(tmp_path_factory, name, run)

    return run_of


@pytest.fixture(scope="session")
def finished(run_of):
    """The folder of a run with the miniature project's own parameters; write only into a copy of it."""
    return run_of("own")


@pytest.fixture
def copy_of_finished(finished, tmp_path):
    """A copy of that run, to change."""
    return shutil.copytree(finished, tmp_path / "copy")


@pytest.fixture
def copy_in_git(copy_of_finished, environment):
    """A copy of that run with the code, under git and dvc, in which nothing is left to do."""
    copy_code(copy_of_finished)
    for name in (".gitignore", ".dvc/config"):
        shutil.copy(ROOT / name, copy_of_finished / name)
    options = {"cwd": copy_of_finished, "env": environment, "capture_output": True}
    subprocess.run(["git", "init", "--quiet"], check=True, **options)
    subprocess.run([sys.executable, "-m", "dvc", "commit", "--force", "--quiet"], check=True, **options)
    return copy_of_finished


@pytest.fixture(scope="session")
def observed_folders(tmp_path_factory, environment):
    """Return the folder of each configuration that was run in other surroundings, with `seen.json` from observe.py."""
    calls = json.dumps({name: [stage.module.__name__, stage.argv] for name, stage in stages().items()})

    def observe(folder, name, threads, **surroundings):
        make_project(folder, CONFIGURATIONS[name], text_ids=name == "text_ids")
        copy_code(folder)
        variables = environment | surroundings | dict.fromkeys(THREADS, threads)
        command = [*PYTHON, ROOT / "tests/pipeline/observe.py"]
        options = {"cwd": folder, "env": variables, "input": calls, "capture_output": True, "encoding": "utf-8"}
        result = subprocess.run(command, check=True, **options)
        assert {found["code"] for found in json.loads(result.stdout).values()} == {0}, result.stderr
        (folder / "seen.json").write_text(result.stdout, encoding="utf-8")

    return {
        name: once(tmp_path_factory, f"observed é {name}", lambda folder, of=name, at=around: observe(folder, of, **at))
        for name, around in SURROUNDINGS.items()
    }


@pytest.fixture(scope="session")
def observed(observed_folders):
    """What each stage touched: `observed[configuration][stage]`, see observe.py."""
    return {
        name: json.loads((folder / "seen.json").read_text(encoding="utf-8"))
        for name, folder in observed_folders.items()
    }


class Versioned:
    """A finished miniature project with its code, under DVC."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment

    def run(self, *command, **options):
        options |= {"cwd": self.folder, "env": self.environment, "text": True, "capture_output": True}
        return subprocess.run([*PYTHON, *command], check=True, **options).stdout

    def ask(self, edits=(), params=()):
        """Return what changed after each edit of files and after each change of parameters; see ask_dvc.py."""
        texts = [{"params.yaml": yaml.safe_dump(changed_params(self.folder, changes))} for changes in params]
        questions = json.dumps([*edits, *texts])
        return json.loads(self.run(ROOT / "tests/pipeline/ask_dvc.py", input=questions).splitlines()[-1])

    def repro(self, *targets):
        """Run `dvc repro` and return the stages that ran."""
        return set(re.findall(r"^Running stage '(\w+)'", self.run("-m", "dvc", "repro", *targets), re.MULTILINE))


@pytest.fixture(scope="session")
def versioned(finished, tmp_path_factory, environment):
    """DVC takes the outputs of the run as they are; a test that changes anything must put it back."""
    folder = shutil.copytree(finished, tmp_path_factory.mktemp("versioned") / "project")
    copy_code(folder)
    (folder / ".dvc").mkdir(exist_ok=True)
    (folder / ".dvc/config").write_text("[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n")
    return Versioned(folder, environment)


@pytest.fixture(scope="session")
def kill(environment):
    """Run a stage in a folder and kill it before its n-th file is in place; return the signal, see killing.py."""
    command = [*PYTHON, "-m", "tests.pipeline.killing"]
    options = {"cwd": ROOT, "env": environment | {"PYTHONPATH": f"{ROOT / 'src'}"}, "text": True}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options) as process:

        def kill(folder, stage, which):
            line = json.dumps([str(folder), stage.module.__name__, stage.argv, which])
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield kill
