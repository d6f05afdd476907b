"""Command line: python -m recommender_lab.drift inspect | scores | check."""

import argparse
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from recommender.columns import ITEM, TITLE
from recommender.errors import DataError, ParameterError, RecommenderError
from recommender.files import read_table
from recommender.params import PARAMS_FILE, Sections, load
from recommender.terminal import Parser, show
from recommender_lab.drift import one_request, texts
from recommender_lab.drift.findings import ALERT, Findings, alerts, compare
from recommender_lab.drift.reader import LogReader, log_files
from recommender_lab.drift.settings import Monitor
from recommender_lab.drift.windows import Window, by_policy, one_per_user, split

PIPELINE_LOGS = "data/request_logs"
LIVE_LOG = "logs"
ITEMS = "data/prepared/items.parquet"
LATENCY_MS = 250.0
FOUND_AN_ALERT = 3


class Limits(Sections):
    """What `check` reads."""

    monitor: Monitor


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of the commands.

    Returns:
        0; 1 after a message about what is wrong; 3 where `check` found an alert.
    """
    args = _parser().parse_args(argv)
    args.log = args.log or Path(args.root) / args.place
    try:
        text, code = args.answer(args)
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return show(text) or code


def _parser() -> Parser:
    parser = Parser(prog="python -m recommender_lab.drift", description="Look into a request log.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, answer, place, text in (
        ("inspect", _inspect, PIPELINE_LOGS, "what a user was served and why"),
        ("scores", _scores, PIPELINE_LOGS, "distributions of the scores, policy by policy"),
        ("check", _check, LIVE_LOG, "compare the later requests with the earlier ones; exit code 3 on an alert"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(answer=answer, place=place)
        command.add_argument("--log", type=Path, help=f"a log's file or folder (default: {place} of the project)")
        command.add_argument("--model", help="only requests to this policy (default: to any)")
        command.add_argument("--root", default=".", help="the project's folder (default: here)")
        if name == "inspect":
            command.add_argument("--user", required=True, help="user id, as in the log")
            command.add_argument("--last", type=int, default=1, help="how many requests of each policy (default: 1)")
        if name == "check":
            command.add_argument("--reference", type=Path, help="another log to compare the whole of this one with")
            command.add_argument(
                "--latency-ms", type=float, default=LATENCY_MS, help="alert if p95 is above (default: %(default)s)"
            )
    return parser


def _windows(args: argparse.Namespace, place: Path) -> tuple[dict[str, Window], str]:
    """Return the requests to each selected policy, and a note about incomplete lines."""
    reader = LogReader(log_files(place))
    found = by_policy(line for line in reader if args.model in (None, line.model))
    if not found:
        raise DataError(f"{place}: no request to {args.model!r}; leave out --model to see what there is")
    return found, _torn(reader)


def _torn(reader: LogReader) -> str:
    return f"\nskipped {reader.torn} incomplete line(s)" if reader.torn else ""


def _inspect(args: argparse.Namespace) -> tuple[str, int]:
    if args.last < 1:
        raise ParameterError(f"--last: expected 1 or more, found {args.last}")
    reader = LogReader(log_files(args.log))
    kept: dict[str, deque[str]] = {}
    titles = read_table(Path(args.root) / ITEMS, (ITEM, TITLE)).astype({TITLE: str})
    names = dict(zip(titles[ITEM].tolist(), titles[TITLE], strict=True))
    for line in reader:
        if str(line.user) == args.user and args.model in (None, line.model):
            kept.setdefault(line.model, deque(maxlen=args.last)).append(one_request.render(line, names))
    if not kept:
        raise DataError(
            f"{args.log}: no request of user {args.user!r} among {reader.whole}; a sample may have left it out"
        )
    return "\n\n".join(text for name in sorted(kept) for text in kept[name]) + _torn(reader), 0


def _scores(args: argparse.Namespace) -> tuple[str, int]:
    windows, torn = _windows(args, args.log)
    return texts.render_scores(windows) + torn, 0


def _check(args: argparse.Namespace) -> tuple[str, int]:
    if not args.latency_ms > 0:
        raise ParameterError(f"--latency-ms: expected a number above 0, found {args.latency_ms:g}")
    limits = load(Limits, Path(args.root) / PARAMS_FILE).monitor
    windows, torn = _windows(args, args.log)
    found = {name: _measured(*pair, limits, args.latency_ms) for name, pair in _pairs(args, windows, limits).items()}
    if not any(values["requests"]["enough"] for values in found.values()):
        sizes = "; ".join(texts.render_check(name, values).partition("\n")[0] for name, values in found.items())
        raise DataError(f"{args.log}: {sizes}; monitor.min_requests is {limits.min_requests} for either window")
    raised = [f"{policy}.{name}" for policy, values in found.items() for name in alerts(values)]
    verdict = f"ALERT: {', '.join(raised)}" if raised else "no alert"
    blocks = [texts.render_check(policy, values) for policy, values in found.items()]
    return "\n\n".join([*blocks, verdict]) + torn, FOUND_AN_ALERT if raised else 0


def _pairs(args: argparse.Namespace, windows: dict[str, Window], limits: Monitor) -> dict[str, tuple[Window, Window]]:
    if args.reference is None:
        return {policy: split(window, limits.current) for policy, window in windows.items()}
    before, _ = _windows(args, args.reference)
    if not (both := windows.keys() & before.keys()):
        raise DataError(
            f"{args.reference}: has requests to {', '.join(before)}, but {args.log} to {', '.join(windows)}"
        )
    return {policy: (before[policy], windows[policy]) for policy in sorted(both)}


def _measured(reference: Window, current: Window, limits: Monitor, latency_ms: float) -> Findings:
    found = compare(*one_per_user(reference, current), limits)
    found["requests"]["logged"] = len(reference) + len(current)
    if took := texts.latencies(current):
        found["latency"] = took | {ALERT: int(took["p95"] > latency_ms and found["requests"]["enough"])}
    return found


if __name__ == "__main__":
    raise SystemExit(main())
