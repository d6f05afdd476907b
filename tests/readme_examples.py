"""What README.md shows of commands that ask the models: it is compared where the models are those of dvc.lock."""

import hashlib
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.project.project import ROOT
from tests.readme_groups import Read

MODEL = ROOT / "models/ranker.txt"


def output(module: str, *options: str) -> str:
    """Return what a command prints, stderr first."""
    command = [sys.executable, "-m", module, *options]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    return ran.stderr + ran.stdout


def example(module: str, *options: str, lines: int | None = None) -> Callable[[Read], str]:
    """Return what makes a block of what a command prints, or of its first lines."""

    def block(read: Read) -> str:
        digest = hashlib.md5(MODEL.read_bytes()).hexdigest() if MODEL.exists() else "no model"
        if digest not in read("dvc.lock"):
            pytest.skip("the models are not those of dvc.lock: run dvc repro")
        printed = output(module, *options).rstrip().splitlines()
        shown = printed if lines is None else [*printed[:lines], "..."]
        return "\n".join(["```text", *shown, "```"]) + "\n"

    return block


EXAMPLES = {
    "recommend": example("recommender", "42", "--model", "two_stage", "-k", "10"),
    "explain": example("recommender", "42", "-k", "3", "--explain"),
    "inspect": example("recommender_lab.drift", "inspect", "--user", "42", "--model", "two_stage", lines=6),
}
