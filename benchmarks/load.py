"""How fast the service answers over HTTP, and how much processor time an answer takes, by the number of callers.

Run after a run of the pipeline: python -m benchmarks.load. The service and the callers share the machine; each caller
sends its next request when it has the answer to the last one. Writes benchmarks/results/load_DATASET.json.
"""

import argparse
import itertools
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped]

from benchmarks import report
from benchmarks.params import read_params
from benchmarks.service import Caller, running
from recommender.terminal import Parser

CALLERS = (1, 4, 16, 32)
MANY = 100
"""Events in one request."""
Body = Callable[[int], dict[str, Any]]


def measure(port: int, process: psutil.Process, path: str, body: Body, callers: int, seconds: float) -> dict[str, Any]:
    """Send requests from some callers for a while.

    Args:
        port: of the service.
        process: the service.
        path: where to.
        body: makes the body of each request from its number.
        callers: how many send at once.
        seconds: for how long.

    Returns:
        `answers`, `failed` (any status but 200), `per_s`, `p50_ms`, `p99_ms`, `cpu_ms` (of the service per answer).
    """
    numbers, done = itertools.count(), threading.Event()

    def call() -> list[tuple[float, int]]:
        """Send one request after the other."""
        caller, found = Caller(port), []
        while not done.is_set():
            given, start = body(next(numbers)), time.perf_counter()
            status, *_ = caller.send("POST", path, given)
            found.append((time.perf_counter() - start, status))
        caller.close()
        return found

    with ThreadPoolExecutor(callers) as pool:
        before, start = sum(process.cpu_times()[:2]), time.perf_counter()
        running_calls = [pool.submit(call) for _ in range(callers)]
        done.wait(seconds)
        done.set()
        answers = [one for call_ in running_calls for one in call_.result()]
        taken, used = time.perf_counter() - start, sum(process.cpu_times()[:2]) - before
    times = 1000 * np.array([one for one, _ in answers])
    return {
        "callers": callers,
        "answers": len(answers),
        "failed": sum(status != 200 for _, status in answers),
        "per_s": len(answers) / taken,
        "p50_ms": float(np.percentile(times, 50)),
        "p99_ms": float(np.percentile(times, 99)),
        "cpu_ms": 1000 * used / len(answers),
    }


def ask(policy: str, users: int) -> Body:
    """Return the bodies of requests for one user after the other."""
    return lambda number: {"user": number % users + 1, "policy": policy}


def tell(number: int) -> dict[str, Any]:
    """Return the body of a request with many new events."""
    rows = range(number * MANY, (number + 1) * MANY)
    return {
        "events": [{"event_id": str(at), "user": f"new {at % 977}", "item": at % 1000, "kind": "view"} for at in rows]
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table and write the results."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=Path(), help="where the pipeline ran, by default here")
    parser.add_argument("--seconds", type=float, default=10, help="for each row; default: %(default)s")
    parser.add_argument("--users", type=int, default=900, help="ids from 1 to this; default: %(default)s")
    chosen = parser.parse_args(argv)
    rows: dict[str, list[dict[str, Any]]] = {}
    with running(chosen.project) as (port, process_id):
        process = psutil.Process(process_id)
        for policy in ("svd", "two_stage"):
            body = ask(policy, chosen.users)
            rows[policy] = [
                measure(port, process, "/v1/recommendations", body, callers, chosen.seconds) for callers in CALLERS
            ]
        events = measure(port, process, "/v1/events", tell, 4, chosen.seconds)
        memory = process.memory_info().rss / 2**20
    events |= {"events_per_request": MANY, "events_per_s": MANY * events["per_s"]}
    for policy, found in rows.items():
        sys.stdout.write(f"{policy}\n{report.table(found)}\n")
    sys.stdout.write(f"events, {MANY} per request\n{report.table([events])}\nmemory: {memory:.0f} MiB\n")
    name = f"load_{read_params(chosen.project).dataset.name}"
    path = report.save(name, {"policies": rows, "events": events, "memory_mib": memory, "seconds": chosen.seconds})
    sys.stdout.write(f"{path.relative_to(Path(__file__).parents[1])}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
