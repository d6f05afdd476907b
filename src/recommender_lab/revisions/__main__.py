"""Compare two revisions or experiments on the same users: what moved, and whether it is noise.

Reads the per-user values through DVC, from the cache or a remote. The difference is the second revision minus the
first. Coverage has no value per user, so it is not compared: see `dvc metrics diff`.
"""

import argparse
import sys
from collections.abc import Sequence

import pandas as pd

from recommender.columns import USER
from recommender.errors import ParameterError, RecommenderError
from recommender.evaluation.summary import shown_k
from recommender.seeds import generator
from recommender.terminal import Parser, show
from recommender_lab.revisions.loading import WORKSPACE, read
from recommender_lab.revisions.pairing import Paired, other_events, pair
from recommender_lab.revisions.table import render, worse
from recommender_lab.revisions.verdicts import compare

PER_USER, TEST = "data/evaluation/per_user.parquet", "data/split/test.parquet"
SOMETHING_WORSE = 3
FEWEST_RESAMPLES = 100


def main(argv: Sequence[str] | None = None) -> int:
    """Print the comparison.

    Args:
        argv: the arguments; None takes the command line's.

    Returns:
        The exit code: 0; 1 after one message about what is missing; 3 with --fail-if-worse if something is worse.
    """
    args = _parser().parse_args(argv)
    try:
        _check(args)
        return _compare(args)
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def _parser() -> Parser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = Parser(prog="python -m recommender_lab.revisions", description=__doc__, formatter_class=formatter)
    parser.add_argument("old", metavar="REV", help="a commit, branch, tag or experiment")
    parser.add_argument("new", metavar="REV", nargs="?", default=WORKSPACE, help="another; default: the workspace")
    parser.add_argument("--k", type=int, help="length of the lists; default: 10 if it was measured, else the longest")
    parser.add_argument("--resamples", type=int, default=10_000, help="bootstraps and sign flips; default: %(default)s")
    parser.add_argument(
        "--margin", type=float, default=0.05, help="share of the old value that counts as none; default: %(default)s"
    )
    parser.add_argument("--fail-if-worse", action="store_true", help="exit with 3 if an accuracy metric is worse")
    return parser


def _check(args: argparse.Namespace) -> None:
    if not (args.old and args.new):
        raise ParameterError("REV: expected a commit, branch, tag or experiment, found an empty text")
    if args.resamples < FEWEST_RESAMPLES:
        raise ParameterError(f"--resamples: expected {FEWEST_RESAMPLES} or more, found {args.resamples}")
    if not args.margin >= 0:
        raise ParameterError(f"--margin: expected 0 or more, found {args.margin}")


def _compare(args: argparse.Namespace) -> int:
    old, new = (read(PER_USER, name) for name in (args.old, args.new))
    paired = pair(old, new)
    rows = compare(paired, _at(paired, args.k), generator(0, "compare"), args.resamples, args.margin)
    code = show(f"{_users(args, paired, old, new)}\n\n{render(rows, args.old, args.new)}")
    failed = worse(rows) if args.fail_if_worse else []
    if failed:
        sys.stderr.write(f"worse: {', '.join(failed)}\n")
    return SOMETHING_WORSE if failed else code


def _at(paired: Paired, k: int | None) -> list[str]:
    """Return the metrics at one K."""
    names = [str(name) for name in next(iter(paired.old.values())).columns]
    chosen = shown_k({"": dict.fromkeys(names, 0.0)}) if k is None else k
    found = [name for name in names if name.endswith(f"@{chosen}")]
    if not found:
        known = sorted({int(name.partition("@")[2]) for name in names})
        raise ParameterError(f"--k: {k} was not measured in both revisions; choose one of {', '.join(map(str, known))}")
    return found


def _users(args: argparse.Namespace, paired: Paired, old: pd.DataFrame, new: pd.DataFrame) -> str:
    """Describe the users compared, and for how many of them another event was held out."""
    sizes = [f"{table[USER].nunique():,} of {name}" for table, name in ((old, args.old), (new, args.new))]
    text = f"{len(paired.users):,} users paired ({' and '.join(sizes)})"
    others = other_events(read(TEST, args.old), read(TEST, args.new), paired.users)
    if others:
        text += f"; {others:,} of them have another held-out event, so the tests differ, not only the recommendations"
    return text


if __name__ == "__main__":
    raise SystemExit(main())
