"""Experiments of DVC: line them up, run them one after the other, read what they gave."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import dvc.api
from tqdm import tqdm

from recommender.errors import DataError

LOCK = "dvc.lock"
TARGET = "evaluate"
"""The last stage that an experiment runs."""
COMMITTED = ("params.yaml", "dvc.yaml", LOCK, "src", "stages", "metrics")
POLL_S = 15.0
STARTS = 3
"""How often a worker is started before an experiment is given up."""
_WAITING = ("Queued", "Running")
_NO_WORKER = "Worker status: 0 active, 0 idle"


def state() -> str:
    """Return a digest of everything that the committed results were made from: dvc.lock names all inputs by hash.

    Raises:
        DataError: code, parameters or results are not committed, or the pipeline has not run since they changed; the
            queue would take the changes with it, and there would be nothing to compare with.
    """
    if changed := _run("git", "status", "--porcelain", "--untracked-files=no", "--", *COMMITTED).splitlines():
        raise DataError(f"{changed[0][3:]}: not as committed; commit or restore it (`git status`), then start again")
    if json.loads(_dvc("status", "--json", "--with-deps", TARGET).stdout):
        raise DataError(
            f"{LOCK}: behind the code, the data or params.yaml; run `dvc repro` and commit, then start again"
        )
    return hashlib.sha256(Path(LOCK).read_bytes()).hexdigest()[:10]


def finished() -> set[str]:
    """Return the names of the experiments that have a result, whatever commit they started from."""
    refs = _run("git", "for-each-ref", "--format=%(refname)", "refs/exps").splitlines()
    return {name for ref in refs if (name := ref.rpartition("/")[2])}


def waiting(status: str) -> set[str]:
    """Return the names of the experiments that `dvc queue status` lists as queued or running."""
    lines = [line.split() for line in status.splitlines()]
    return {words[1] for words in lines if len(words) > 2 and words[-1] in _WAITING}


def run_all(wanted: Mapping[str, Sequence[str]]) -> None:
    """Run experiments through DVC's queue with one worker, those that have no result yet.

    Args:
        wanted: `section.key=value` pairs by the name of the experiment.

    Raises:
        DataError: some failed; the message names them. The others stay, so that the next call runs only these.
    """
    missing = [name for name in wanted if name not in finished()]
    if not missing:
        return
    lined_up = waiting(_dvc("queue", "status").stdout)
    for name in tqdm([name for name in missing if name not in lined_up], "queue", disable=None):
        _dvc("exp", "run", TARGET, "--queue", "--name", name, *(part for pair in wanted[name] for part in ("-S", pair)))
    _work(missing)
    if failed := [name for name in missing if name not in finished()]:
        raise DataError(
            f"experiments that failed: {', '.join(failed)}; see `dvc queue logs {failed[0]}`, then start again: "
            "those that worked are not run again"
        )


def _work(names: Collection[str]) -> None:
    """Wait until the queue holds none of some experiments; a worker that is not there, or no longer, is started.

    Raises:
        DataError: nothing moved however often a worker was started.
    """
    ended, starts = 0, 0
    with tqdm(total=len(names), desc="run", unit="experiment", disable=None) as bar:
        while left := waiting(status := _dvc("queue", "status").stdout) & set(names):
            if len(names) - len(left) > ended:
                ended, starts = len(names) - len(left), 0
                bar.update(ended - bar.n)
            if _NO_WORKER in status:
                if starts == STARTS:
                    raise DataError(
                        f"{sorted(left)[0]}: the queue does not move; see `dvc queue status`, then remove it"
                    )
                _dvc("queue", "start", "--jobs", "1")
                starts += 1
            time.sleep(POLL_S)


def remove(names: Collection[str]) -> None:
    """Remove experiments that have a result."""
    if there := sorted(finished() & set(names)):
        _dvc("exp", "remove", *there)


def metric(path: str, rev: str) -> dict[str, Any]:
    """Return a metrics file of an experiment or a commit."""
    found: dict[str, Any] = dvc.api.metrics_show(path, rev=rev)
    return found


def _environment() -> dict[str, str]:
    # The stages' command is `python`: the one of this environment, whether or not it is activated.
    return os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}


def _dvc(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=_environment())
    if done.returncode:
        raise DataError(f"dvc {' '.join(arguments)}: {' '.join(done.stderr.split())}")
    return done


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
