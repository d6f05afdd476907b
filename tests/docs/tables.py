"""What the generated blocks share: how a file of the project is read, and how a table is written."""

import subprocess
from collections.abc import Callable

from recommender.measured import parse_details
from tests.project.project import ROOT

Read = Callable[[str], str]
"""Returns the text of a file of the project."""


def working(path: str) -> str:
    """Return the text of a file as it is in the working copy."""
    return (ROOT / path).read_text(encoding="utf-8")


def committed(path: str) -> str:
    """Return the text of a file in the last commit."""
    command = ["git", "show", f"HEAD:{path}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8").stdout


def details(read: Read, stage: str) -> dict:
    """Return what a stage measured."""
    path = f"metrics/details/{stage}.csv"
    return parse_details(read(path), path)


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table without a final newline."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def interval_cell(found: dict) -> str:
    """Return a value with its interval."""
    return "{value:.3f} [{low:.3f}, {high:.3f}]".format(**found)


def difference_cell(found: dict, decimals: int = 3) -> str:
    """Return a signed difference with its interval."""
    return "{:+.{d}f} [{:+.{d}f}, {:+.{d}f}]".format(*(found[key] for key in ("difference", "low", "high")), d=decimals)
