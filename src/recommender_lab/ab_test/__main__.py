"""Command line: python -m recommender_lab.ab_test live."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recommender.errors import DataError, ParameterError, RecommenderError
from recommender.params import PARAMS_FILE, Sections, load
from recommender.terminal import Parser, show
from recommender.text_table import text_table
from recommender_lab.ab_test.design import Design
from recommender_lab.ab_test.live_events import read_events
from recommender_lab.ab_test.live_results import results
from recommender_lab.ab_test.live_values import METRICS, Counted, count
from recommender_lab.ab_test.settings import AbTest
from recommender_lab.drift.reader import LogReader, log_files


class Params(Sections):
    """What `live` reads."""

    ab_test: AbTest


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 after a message about what is wrong."""
    args = _parser().parse_args(argv)
    try:
        text = _live(args)
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return show(text)


def _parser() -> Parser:
    parser = Parser(prog="python -m recommender_lab.ab_test", description="A live experiment.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    text = "compare the arms by what users did; the intervals are valid on every day"
    command = commands.add_parser("live", help=text, description=text)
    command.add_argument("--log", type=Path, default=Path("logs"), help="the request log (default: %(default)s)")
    command.add_argument("--events", required=True, help="event store (SQLite, or URL of Redis), Parquet or CSV")
    command.add_argument(
        "--effect", type=float, default=0.05, help="difference with the narrowest intervals (default: %(default)s)"
    )
    command.add_argument(
        "--margin", type=float, default=0.05, help="share that guard rails may lose (default: %(default)s)"
    )
    command.add_argument("--root", type=Path, default=Path(), help="the project's folder (default: here)")
    return parser


def _live(args: argparse.Namespace) -> str:
    for name, most in (("effect", float("inf")), ("margin", 1.0)):
        if not 0 < getattr(args, name) < most:
            raise ParameterError(
                f"--{name}: expected a number above 0 and below {most:g}, found {getattr(args, name):g}"
            )
    params = load(Params, args.root / PARAMS_FILE).ab_test
    shares = params.arms.shares()
    design = Design(shares, params.control, "click_through", "ndcg", params.salt, params.alpha, params.power)
    reader = LogReader(log_files(args.log))
    counted = count(reader, read_events(args.events), shares, params.salt)
    if counted.users.empty:
        raise DataError(
            f"{args.log}: none of {reader.whole} requests has the arm that ab_test gives its user; start the service "
            "with --experiment, and do not change ab_test.arms and ab_test.salt while it runs"
        )
    return render(counted, results(counted.users, design, args.effect, args.margin), design)


def render(counted: Counted, found: dict[str, Any], design: Design) -> str:
    """Write the results as text."""
    rows = [("arm", "requests", "users", *METRICS)]
    for arm, one in found["arms"].items():
        rows.append((arm, str(one["requests"]), str(one["users"]), *(_shown(one[metric], "") for metric in METRICS)))
    lines = [text_table(rows, right=range(1, len(rows[0])))]
    ratio = found["sample_ratio"]
    broken = ": THE ASSIGNMENT IS BROKEN, do not use the differences" if ratio["broken"] else ""
    lines += ["", f"sample ratio: p = {ratio['p_value']:.4f}{broken}"]
    for arm, gaps in found["differences"].items():
        lines += ["", f"{arm} - {design.control}"]
        told = [("", name, _shown(gap, "+"), gap["verdict"]) for name, gap in gaps.items()]
        lines.append(text_table(told, right=[2]))
        lines.append("  guard rails: " + ", ".join(f"{name} {text}" for name, text in found["guards"][arm].items()))
    left = f"{counted.others} requests without the user's arm, {counted.unjoined} events without a request"
    return "\n".join([*lines, "", f"left out: {left}"])


def _shown(values: dict[str, float], sign: str) -> str:
    return f"{values['value']:{sign}.3f} [{values['low']:{sign}.3f}, {values['high']:{sign}.3f}]"


if __name__ == "__main__":
    raise SystemExit(main())
