"""One run of the miniature project for all tests that only look at it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from recommender import stage
from tests.project.project import ROOT, changed_params, copy_code, make_project, run_stages, stages

PYTHON = [sys.executable, "-W", "ignore"]
CONFIGURATIONS = {
    "last_interaction": {},
    "global_time": {"split.method": "global_time", "build_ranking.label": "liked", "train_ranker.objective": "binary"},
}


@pytest.fixture(scope="session", autouse=True)
def _parentless():
    """The parent of a test run is none of its business."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "_die_with_parent", lambda: None)
        yield


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
def finished(tmp_path_factory):
    """The folder of a run with the miniature project's own parameters: look, do not touch."""
    folder = make_project(tmp_path_factory.mktemp("finished"))
    assert set(run_stages(folder).values()) == {0}
    return folder


@pytest.fixture
def copy_of_finished(finished, tmp_path):
    """A copy of that run, to change."""
    return shutil.copytree(finished, tmp_path / "copy")


@pytest.fixture(scope="session")
def observed(tmp_path_factory, environment):
    """What each stage touched: `observed[configuration][stage]`, see observe.py."""
    calls = {name: [stage.module.__name__, stage.argv] for name, stage in stages().items()}
    seen = {}
    for name, changes in CONFIGURATIONS.items():
        folder = make_project(tmp_path_factory.mktemp(name), changes)
        copy_code(folder)
        command = [*PYTHON, ROOT / "tests/pipeline/observe.py"]
        result = subprocess.run(
            command, cwd=folder, env=environment, input=json.dumps(calls), capture_output=True, text=True, check=True
        )
        seen[name] = json.loads(result.stdout)
        assert {found["code"] for found in seen[name].values()} == {0}, result.stderr
    return seen


class Versioned:
    """A finished miniature project with its code, under DVC."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment

    def run(self, *command, **options):
        options |= {"cwd": self.folder, "env": self.environment, "text": True, "capture_output": True}
        return subprocess.run([*PYTHON, *command], check=True, **options).stdout

    def ask(self, *arguments, edits=(), params=()):
        """Ask what changed after each edit of files, and after each change of parameters; see ask_dvc.py."""
        texts = [yaml.safe_dump(changed_params(self.folder, changes)) for changes in params]
        questions = json.dumps({"edits": edits, "params": texts})
        return json.loads(self.run(ROOT / "tests/pipeline/ask_dvc.py", *arguments, input=questions).splitlines()[-1])

    def repro(self):
        """Run `dvc repro` and return the stages that ran."""
        return set(re.findall(r"^Running stage '(\w+)'", self.run("-m", "dvc", "repro"), re.MULTILINE))


@pytest.fixture(scope="session")
def versioned(finished, tmp_path_factory, environment):
    """DVC takes the outputs of the run as they are; whoever changes anything must put it back."""
    folder = shutil.copytree(finished, tmp_path_factory.mktemp("versioned") / "project")
    copy_code(folder)
    (folder / ".dvc").mkdir()
    (folder / ".dvc/config").write_text("[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n")
    project = Versioned(folder, environment)
    project.ask("commit")
    return project
