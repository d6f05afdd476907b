"""Print the table of policies x metrics of the last `dvc repro`; run it from the project's folder."""

import sys
from collections.abc import Sequence
from pathlib import Path

from recommender.errors import RecommenderError
from recommender.evaluation.plot_rows import by_policy
from recommender.evaluation.summary import render
from recommender.files import read_json
from recommender.terminal import Parser, show

_FILES = ("metrics/plots/policies.json", "metrics/evaluate_differences.json", "metrics/prepare.json")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table.

    Args:
        argv: the arguments; None takes the command line's.

    Returns:
        The exit code: 0, or 1 after one message about what is missing.
    """
    Parser(prog="python -m recommender.evaluation", description=__doc__).parse_args(argv)
    try:
        policies, differences, prepared = (read_json(Path(name)) for name in _FILES)
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    metrics, intervals = by_policy(policies["policies"])
    text = render(metrics, intervals, differences)
    if share := prepared.get("share_of_repeats_dropped"):
        text += f"\n\n{share:.1%} of the rows were repeats (same user, same item) and were dropped."
    return show(text)


if __name__ == "__main__":
    raise SystemExit(main())
