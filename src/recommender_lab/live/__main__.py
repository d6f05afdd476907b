"""Turn the whole circle in a copy of the project: a service, simulated users, and the cycle after each day.

Users of the log come over HTTP as in the feedback loop: they look at lists, click, rate, skip, and some come back.
After each day `python -m recommender_lab.cycle` runs: collect, `dvc repro publish` with the parameters of the project
(every stage from prepare to publish; about 70 s of processor time on MovieLens 100K), compare, release. Requests go on
meanwhile, and the service takes the new bundle. Days begin where the log ends. The project itself is only read.

The exit code is 1 if a request fails, a list is not in the request log, or an acknowledged event is not in the log that
was trained on.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from recommender.errors import ParameterError, RecommenderError
from recommender.outputs import write_bytes
from recommender.terminal import Parser, show
from recommender_lab.live.circle import turn
from recommender_lab.live.day_tables import page, render
from recommender_lab.live.working_copy import copy_project

ERRORS_SHOWN = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The exit code: 0; 1 if a request failed, an event was lost, or after one message.
    """
    parser = Parser(
        prog="python -m recommender_lab.live",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--days", type=int, default=3, help="simulated days (default: %(default)s)")
    parser.add_argument("--users", type=int, default=300, help="who come per day (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the simulated users (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="empty folder for the copy, which stays (default: a temporary one)")
    parser.add_argument("--root", type=Path, default=Path(), help="the project's folder (default: here)")
    parser.add_argument("--page", type=Path, help="the charts (default: reports/live.html of the project)")
    args = parser.parse_args(argv)
    try:
        return _live(args)
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def _live(args: argparse.Namespace) -> int:
    for name in ("days", "users"):
        if getattr(args, name) < 1:
            raise ParameterError(f"--{name}: found {getattr(args, name)}, expected at least 1")
    with ExitStack() as closing:
        folder = args.folder or Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="recommender-live-")))
        copy = copy_project(args.root, folder.absolute())
        circle = turn(copy, args.days, args.users, args.seed, _say)
        charts = args.page or args.root / "reports/live.html"
        write_bytes(charts, page(circle, copy.project / ".dvc/plots"))
    for error in circle.errors[:ERRORS_SHOWN]:
        sys.stderr.write(f"failed: {error}\n")
    code = show(f"\n{render(circle)}\ncharts: {charts}")
    return int(not circle.whole) or code


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # the service and the cycle end too
    raise SystemExit(main())
