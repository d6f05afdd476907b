"""Start Dagster: its page, its daemon, and the assets of the day.

A run whose process was killed would stand in the way of the next ones for good, so it is marked as failed first, and
Dagster tries it again.
"""

import os
import socket
import sys
from collections.abc import Sequence
from typing import NoReturn

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from recommender.terminal import Parser

ADDRESS = "127.0.0.1"
DEFINITIONS = "recommender_lab.scheduler.definitions"


def main(argv: Sequence[str] | None = None) -> int:
    """Become `dagster dev`, or return 1 after one message."""
    parser = Parser(prog="python -m recommender_lab.scheduler", description=__doc__)
    parser.add_argument("--port", type=int, default=3000, help="of the page; default: %(default)s")
    port = parser.parse_args(argv).port
    if not _is_free(port):
        sys.stderr.write(f"error: port {port} is taken; stop the scheduler that runs there, or choose another --port\n")
        return 1
    with DagsterInstance.get() as instance:
        for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTING, DagsterRunStatus.STARTED])):
            instance.report_run_failed(run, "its process was killed")
    return _become_dagster(port)


def _become_dagster(port: int) -> NoReturn:
    command = ["-m", "dagster", "dev", "-h", ADDRESS, "-p", str(port), "-m", DEFINITIONS]
    os.execv(sys.executable, [sys.executable, *command])


def _is_free(port: int) -> bool:
    """Return whether nothing listens on a port."""
    with socket.socket() as found:
        return found.connect_ex((ADDRESS, port)) != 0


if __name__ == "__main__":
    raise SystemExit(main())
