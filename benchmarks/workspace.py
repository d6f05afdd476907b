"""A copy of the project in a folder of its own, where DVC finds nothing done before and every stage is timed."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import yaml

ROOT = Path(__file__).parents[1]
POLL_S = 0.1


@dataclass(frozen=True)
class Workspace:
    """A copy of the project.

    Attributes:
        project: the copy.
        tools: holds the `python` that times each stage.
        costs: where it writes, one line of JSON per stage.
    """

    project: Path
    tools: Path
    costs: Path

    def repro(self, *targets: str) -> dict[str, float]:
        """Run `dvc repro`.

        Args:
            targets: stages that are wanted, each with all before it; none means all stages.

        Returns:
            `wall_s`, `cpu_s` (stages and DVC) and `peak_bytes`: the most that DVC and all that it started held at once.

        Raises:
            CalledProcessError: a stage failed; its message is on stderr.
        """
        variables = self._variables() | {"DVC_SITE_CACHE_DIR": str(self.tools / "site")}
        command = [sys.executable, "-m", "dvc", "repro", "--quiet", *targets]
        start = time.perf_counter()
        with subprocess.Popen(command, cwd=self.project, env=variables) as process:
            watch = Watch(process.pid)
            watch.start()
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            watch.stop()
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_bytes": watch.peak}

    def run(self, first: str, last: str) -> None:
        """Run the stages from one to another in the order of dvc.yaml, without DVC: on the data that is there.

        Raises:
            CalledProcessError: a stage failed; its message is on stderr.
        """
        declared = yaml.safe_load((self.project / "dvc.yaml").read_text("utf-8"))["stages"]
        names = [*declared]
        for name in names[names.index(first) : names.index(last) + 1]:
            command = declared[name]["cmd"]
            subprocess.run(command, shell=True, cwd=self.project, env=self._variables(), check=True)

    def _variables(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.tools), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return os.environ | {"PATH": path}

    def stages(self) -> list[dict[str, Any]]:
        """Return what each stage cost so far, in the order in which they ran; see `timed.run`."""
        return [json.loads(line) for line in self.costs.read_text(encoding="utf-8").splitlines()]


class Watch(threading.Thread):
    """Adds up the memory of a process and its descendants ten times a second and keeps the highest sum."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._done, self.peak = pid, threading.Event(), 0

    def run(self) -> None:
        """Look until told to stop."""
        while not self._done.wait(POLL_S):
            self.peak = max(self.peak, memory_of_tree(self._pid))

    def stop(self) -> None:
        """Look no more."""
        self._done.set()
        self.join()


def memory_of_tree(pid: int) -> int:
    """Return the resident bytes of a process and its descendants; what ended meanwhile counts as 0."""
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                total += int(one.memory_info().rss)
    return total


def prepare(folder: Path, overrides: Mapping[str, Mapping[str, Any]], root: Path = ROOT) -> Workspace:
    """Copy the project as it is now, without results, caches and what git ignores.

    Args:
        folder: an empty folder.
        overrides: `{section: {key: value}}` of params.yaml.
        root: the project.

    Returns:
        The copy.
    """
    project, tools = folder / "project", folder / "tools"
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file() and name != "dvc.lock" and not name.startswith("metrics/"):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, project / name)
    _git(project, "init", "--quiet")
    params = project / "params.yaml"
    params.write_text(yaml.safe_dump(merged(yaml.safe_load(params.read_text("utf-8")), overrides)), "utf-8")
    workspace = Workspace(project, tools, folder / "costs.jsonl")
    _install_timer(workspace)
    return workspace


def merged(params: Mapping[str, Any], overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the parameters with some keys replaced, and nothing changed in place."""
    return {name: {**section, **overrides.get(name, {})} for name, section in params.items()}


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def _install_timer(workspace: Workspace) -> None:
    workspace.tools.mkdir(parents=True)
    timed = [
        sys.executable,
        "-I",
        "-S",
        str(Path(__file__).with_name("timed.py")),
        str(workspace.costs),
        sys.executable,
    ]
    script = workspace.tools / "python"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(timed)} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
