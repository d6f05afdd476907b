"""`python -m tests.serving.kills` kills the service or Redis again and again while events are sent.

A miniature project is served by two workers. Callers send events until each is acknowledged, and send it again if no
answer came. After the last kill the store is compared with what was acknowledged. Writes
benchmarks/results/kills_events.json, which docs/serving.md shows.
"""

import argparse
import itertools
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import psutil

from recommender.files import write_json
from recommender.serving.store import StoredEvent
from recommender.serving.stores import open_store
from tests.logs import checkerboard
from tests.project.project import ROOT
from tests.projects import make_project
from tests.serving.client import event, until
from tests.serving.redis_server import MISSING, RedisServer
from tests.serving.test_main import running

RESULTS = ROOT / "benchmarks/results/kills_events.json"
WORKER, REDIS = "a worker", "redis-server"
CALLERS = 4
MORE = 8 * CALLERS
"""Events that are acknowledged after a kill before the next one comes."""
LONGEST_S = 0.3
"""The next kill comes at a random moment within this time."""


class Callers:
    """Threads that send events, each one again until it is acknowledged."""

    def __init__(self, client):
        self._client, self._numbers, self._done = client, itertools.count(), threading.Event()
        self.acknowledged, self.again = [], []
        self._pool = ThreadPoolExecutor(CALLERS)
        self._sending = [self._pool.submit(self._send) for _ in range(CALLERS)]

    def stop(self):
        """Wait until what was sent is acknowledged."""
        self._done.set()
        for one in self._sending:
            one.result()
        self._pool.shutdown()

    def _send(self):
        while not self._done.is_set():
            number = next(self._numbers)
            body = event(number, f"user {number % 7}", number % 24, request_id=str(number))
            while not self._is_kept(body):
                self.again.append(number)
                time.sleep(0.01)
            self.acknowledged.append(number)

    def _is_kept(self, body):
        try:
            return self._client.send("POST", "/v1/events", body)[0] == 200
        except (OSError, HTTPException):  # the worker was killed with the question or the answer
            return False


def oldest_worker(process):
    """Return the worker that is the least likely to be still starting."""
    found = until(lambda: [one for one in psutil.Process(process.pid).children() if is_worker(one)])
    return min(found, key=lambda one: one.create_time())


def is_worker(process):
    """Return whether a process lives and answers; a service has another child, which tracks shared memory."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:  # a zombie, or gone meanwhile
        return False


def measure(project, folder, store, killed, cases, minutes):
    """Kill one thing again and again.

    Args:
        project: a folder with a bundle.
        folder: an empty one, for the store.
        store: `SQLite` or `Redis`.
        killed: WORKER or REDIS.
        cases: how many kills.
        minutes: start no further case after.

    Returns:
        `cases`; events that were `acknowledged`, sent `again`, acknowledged and `lost`, and `doubled`.
    """
    chance, started = random.Random(0), time.monotonic()
    server = RedisServer(folder) if store == "Redis" else None
    place = server.url if server else folder / "events.sqlite"
    done = 0
    try:
        with running(project, place, "--workers", "2") as (client, process):
            reading = threading.Thread(target=process.stderr.read)  # an unread pipe would stop the service
            reading.start()
            callers = Callers(client)
            while done < cases and time.monotonic() - started < 60 * minutes:
                wanted = len(callers.acknowledged) + MORE
                until(lambda wanted=wanted: len(callers.acknowledged) >= wanted or time.sleep(0.01))
                time.sleep(chance.uniform(0, LONGEST_S))
                if killed == REDIS:
                    server.kill()
                    server.start()
                else:
                    oldest_worker(process).kill()
                done += 1
            callers.stop()
        found = kept(place)
    finally:
        if server:
            server.kill()
    return {
        "cases": done,
        "acknowledged": len(callers.acknowledged),
        "again": len(callers.again),
        "lost": len(set(callers.acknowledged) - set(found)),
        "doubled": sum(count - 1 for count in found.values()),
    }


def kept(place):
    """Return how often each event is in a store."""
    store, seq, found = open_store(place), 0, Counter()
    while rows := store.since(seq):
        seq = rows[-1][0]
        found.update(int(one.request_id) for _, one in rows if isinstance(one, StoredEvent))
    store.close()
    return found


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=50, help="kills of each kind (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=10, help="for each kind at most (default: %(default)s)")
    arguments = parser.parse_args(argv)
    if MISSING:
        sys.stderr.write(f"error: {MISSING}\n")
        return 1
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("project", "1", "2", "3"):
            (folder / part).mkdir()
        project = make_project(folder / "project", checkerboard())
        for at, (store, killed) in enumerate([("SQLite", WORKER), ("Redis", WORKER), ("Redis", REDIS)], 1):
            found = measure(project, folder / str(at), store, killed, arguments.cases, arguments.minutes)
            rows.append({"store": store, "killed": killed, **found})
            sys.stdout.write(f"{rows[-1]}\n")
            sys.stdout.flush()
    write_json(RESULTS, {"rows": rows})
    return int(any(row["lost"] or row["doubled"] or row["cases"] < arguments.cases for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
