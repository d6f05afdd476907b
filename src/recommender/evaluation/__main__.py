"""Print the table of policies x metrics from metrics/evaluate*.json; run it from the project's folder."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from recommender.errors import RecommenderError
from recommender.evaluation.summary import render
from recommender.files import read_json
from recommender.terminal import show

_FILES = ("evaluate.json", "evaluate_intervals.json", "evaluate_differences.json")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table.

    Args:
        argv: the arguments; None takes the command line's.

    Returns:
        The exit code: 0, or 1 after one message about what is missing.
    """
    argparse.ArgumentParser(prog="python -m recommender.evaluation", description=__doc__).parse_args(argv)
    try:
        metrics, intervals, differences = (read_json(Path("metrics") / name) for name in _FILES)
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return show(render(metrics, intervals, differences))


if __name__ == "__main__":
    raise SystemExit(main())
