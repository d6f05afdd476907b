"""Blocks that show the output of commands which need the models of dvc.lock."""

import hashlib
import subprocess
import sys
from collections.abc import Callable

from tests.docs.tables import Read
from tests.project.project import ROOT

MODELS = [ROOT / "models" / name for name in ("svd/serving.npz", "sequence/serving.npz", "ranker.txt", "ranker.json")]


class NoModelsError(Exception):
    """The models are missing, or are not those of dvc.lock."""


def output(module: str, *options: str) -> str:
    """Return what a command prints, stderr first."""
    command = [sys.executable, "-m", module, *options]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    return ran.stderr + ran.stdout


def example(module: str, *options: str, lines: int | None = None) -> Callable[[Read], str]:
    """Return a function that makes a block of a command's output, or of its first lines."""

    def block(read: Read) -> str:
        lock = read("dvc.lock")
        if not all(path.exists() and hashlib.md5(path.read_bytes()).hexdigest() in lock for path in MODELS):
            raise NoModelsError("the models are not those of dvc.lock: run dvc repro")
        printed = output(module, *options).rstrip().splitlines()
        shown = printed if lines is None else [*printed[:lines], "..."]
        return "\n".join(["```text", *shown, "```"]) + "\n"

    return block


COMMANDS = {
    "recommend": example("recommender", "42"),
    "explain": example("recommender", "42", "-k", "2", "--explain"),
    "inspect": example("recommender_lab.drift", "inspect", "--user", "42", "--model", "two_stage", lines=6),
}
