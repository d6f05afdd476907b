"""A copy of the project in which a service and the cycle run, so that the project itself stays as it is."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from recommender.errors import DataError

OWN = ("data/collected", "data/local")
"""Folders of files that git does not list and no stage makes."""
STORE = "data/live/events.sqlite"
START_SECONDS, STOP_SECONDS = 120, 60
_SHOWN = 1000
"""Letters from the end of a log that a message quotes."""


@dataclass(frozen=True)
class WorkingCopy:
    """A copy of the project.

    Attributes:
        project: the copy.
        logs: folder for what the service and the cycle print.
    """

    project: Path
    logs: Path

    @property
    def requests(self) -> Path:
        """Folder of the request log."""
        return self.logs / "requests"

    def cycle(self) -> int:
        """Run the cycle once; what it prints is added to `cycle.log`.

        Returns:
            Its exit code.
        """
        command = self._command("recommender_lab.cycle")
        with (
            open(self.logs / "cycle.log", "ab") as log,
            subprocess.Popen(command, cwd=self.project, stdout=log, stderr=log, start_new_session=True) as process,
        ):
            try:
                return process.wait()
            finally:
                if process.poll() is None:  # this process is interrupted: what the cycle started ends too
                    os.killpg(process.pid, signal.SIGTERM)

    def end_of(self, name: str) -> str:
        """Return the end of a log."""
        return (self.logs / name).read_text(encoding="utf-8", errors="replace").strip()[-_SHOWN:]

    @contextmanager
    def service(self, ahead_days: int) -> Iterator[int]:
        """Serve on a free port until the end of the block, with the arms of the experiment.

        Args:
            ahead_days: by how much simulated events may be ahead of the clock, where the log ends today.

        Yields:
            The port.

        Raises:
            DataError: the service does not start.
        """
        options = ("--port", "0", "--experiment", "--log", str(self.requests), "--ahead-days", str(ahead_days))
        command = self._command("recommender.serving", *options)
        with (
            open(self.logs / "service.log", "wb") as log,
            subprocess.Popen(command, cwd=self.project, stderr=log) as process,
        ):
            try:
                yield self._port(process)
                process.terminate()
                process.wait(STOP_SECONDS)
            finally:
                process.kill()

    def _port(self, process: "subprocess.Popen[bytes]") -> int:
        deadline, pause = time.monotonic() + START_SECONDS, Event()
        while process.poll() is None and time.monotonic() < deadline:
            if found := re.search(r"^serving on http://127\.0\.0\.1:(\d+)", self.end_of("service.log"), re.MULTILINE):
                return int(found[1])
            pause.wait(0.05)
        raise DataError(f"the service does not start; its log ends with:\n{self.end_of('service.log')}")

    def _command(self, module: str, *arguments: str) -> list[str]:
        """Return the command of a module of the copy; stages run with the Python that runs this."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.getenv("PATH", "")])
        variables = [f"PATH={path}", f"PYTHONPATH={self.project / 'src'}"]
        return ["env", *variables, sys.executable, "-m", module, *arguments]


def copy_project(root: Path, folder: Path) -> WorkingCopy:
    """Copy the files that git lists as they are now, the user's own files, the event store and the cached outputs.

    Args:
        root: the project; it is only read, and may be in use.
        folder: an empty one.

    Raises:
        DataError: the project is not under git, or the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise DataError(f"{folder}: expected an empty folder for the working copy; name another one")
    copy = WorkingCopy(folder / "project", folder / "logs")
    copy.logs.mkdir(parents=True)
    for name in filter(None, _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")):
        if (root / name).is_file():
            (copy.project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy.project / name)
    for name in OWN:
        if (root / name).is_dir():
            shutil.copytree(root / name, copy.project / name, dirs_exist_ok=True)
    _copy_store(root / STORE, copy.project / STORE)
    _git(copy.project, "init", "--quiet")
    _fetch_outputs(root, copy.project)
    return copy


def _fetch_outputs(root: Path, project: Path) -> None:
    """Let DVC put the outputs of the last run in their places; the cycle makes what the cache does not have."""
    dvc = [sys.executable, "-m", "dvc"]
    found = subprocess.run([*dvc, "cache", "dir"], cwd=root, check=False, capture_output=True, text=True)
    if cache := found.stdout.strip():
        for arguments in (
            ["remote", "add", "--local", "project", cache],
            ["pull", "--remote", "project", "--with-deps", "--allow-missing", "publish"],
        ):
            subprocess.run([*dvc, *arguments], cwd=project, check=False, capture_output=True)


def _copy_store(store: Path, target: Path) -> None:
    """Copy the store, which a service may write to now: the collected files belong to its numbers."""
    if not store.exists():
        return
    target.parent.mkdir(parents=True)
    read_only = f"{store.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(read_only, uri=True)) as source, closing(sqlite3.connect(target)) as copied:
        source.backup(copied)


def _git(folder: Path, *arguments: str) -> str:
    try:
        return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout
    except (subprocess.CalledProcessError, OSError) as error:
        raise DataError(f"{folder}: git cannot list the files of the project; expected a folder under git") from error
