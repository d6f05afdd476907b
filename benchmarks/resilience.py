"""What the service does while bundles are swapped under load, and while more is asked than it can answer.

Run after a run of the pipeline: python -m benchmarks.resilience. Two copies of the bundle with other rules and another
seed, so that their lists differ, take turns as the release in use. Then more callers than may wait ask for a minute,
each again at once, whatever it got. Writes benchmarks/results/resilience_DATASET.json.
"""

import argparse
import itertools
import json
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped]

from benchmarks import report
from benchmarks.params import read_params
from benchmarks.service import Caller, running
from recommender.bundle.fold_in import Query
from recommender.bundle.live import FOLDER, Bundle
from recommender.bundle.manifest import MANIFEST, read_manifest, revision_of, to_json
from recommender.bundle.releases import RELEASES, release, serve
from recommender.columns import POLICIES

K = 10
USERS = 100
EXCLUDED = 50
"""Most popular items that one of the two revisions never recommends."""
SWAPPING = 8
"""Callers while bundles are swapped."""
ALONE = 200
"""Requests one after the other, before and after the overload."""
REMEMBERED = 10_000
"""Answers before memory is measured: the pages for operators show at most so many of the latest."""
WAITING, ASKING = 16, 64
"""Requests that may wait, and callers, under overload."""
PATH = "/v1/recommendations"
Key = tuple[int | str, str]
List = list[tuple[int | str, float]]


def lists_of(folder: Path) -> dict[Key, List]:
    """Return the batch answers of a bundle, by user and policy."""
    bundle = Bundle(folder)
    users = bundle.histories.users[:USERS].tolist()
    found: dict[Key, List] = {(user, policy): [] for user in users for policy in POLICIES}
    for policy in POLICIES:
        answer = bundle.answer(policy, bundle.view(policy, [Query(one, (), bundle.known_until) for one in users]), K)
        items = bundle.histories.items[answer.top.item].tolist()
        rows = zip(items, np.round(answer.top.score.astype(float), 6).tolist(), strict=True)
        for request, row in zip(answer.top.request.tolist(), rows, strict=True):
            found[users[request], policy].append(row)
    return found


def two_releases(project: Path, root: Path) -> dict[str, dict[Key, List]]:
    """Release the bundle of a project and a copy with other rules; return the lists of each by revision."""
    bundle, other = Bundle(project / FOLDER), root / "other"
    shutil.copytree(project / FOLDER, other)
    manifest, histories = read_manifest(other), bundle.histories
    popular = np.argsort(-np.bincount(histories.item, minlength=histories.n_items), kind="stable")[:EXCLUDED]
    rules = manifest.rerank.model_copy(update={"exclude_items": histories.items[popular].tolist()})
    seed = manifest.seed + 1
    name = revision_of(manifest.parts, manifest.recipe, rules, seed)
    changed = manifest.model_copy(update={"rerank": rules, "seed": seed, "revision": name})
    (other / MANIFEST).write_bytes(to_json(changed))
    releases = root / RELEASES
    return {release(folder, releases): lists_of(folder) for folder in (project / FOLDER, other)}


@dataclass
class Calls:
    """Callers who ask for one list after the other, and what they got.

    Attributes:
        port: of the service.
        keys: users and policies, asked for in turn.
        answers: revision and list of each answer, with what was asked.
        others: statuses of the requests without an answer, and whether they named the seconds to wait.
    """

    port: int
    keys: Sequence[Key]
    answers: list[tuple[Key, str, List]] = field(default_factory=list)
    others: list[tuple[int, bool]] = field(default_factory=list)

    def ask(self, caller: Caller, key: Key) -> None:
        """Send one request."""
        user, policy = key
        status, headers, content = caller.send("POST", PATH, {"user": user, "policy": policy, "k": K})
        if status != 200:
            self.others.append((status, "retry-after" in headers))
            return
        answer = json.loads(content)
        rows = [(item["item_id"], item["score"]) for item in answer["items"]]
        self.answers.append((key, answer["revision"], rows))

    @contextmanager
    def going_on(self, callers: int) -> Iterator[None]:
        """Ask from some callers until the end of the block."""
        numbers, done = itertools.count(), threading.Event()

        def call() -> None:
            """Ask for one list after the other."""
            caller = Caller(self.port)
            while not done.is_set():
                self.ask(caller, self.keys[next(numbers) % len(self.keys)])
            caller.close()

        with ThreadPoolExecutor(callers) as pool:
            calls: list[Future[None]] = [pool.submit(call) for _ in range(callers)]
            try:
                yield
            finally:
                done.set()
            for one in calls:
                one.result()


def swapped(project: Path, wanted: int) -> dict[str, Any]:
    """Swap two bundles again and again until there are enough answers.

    Returns:
        `answers`, `failed` (any status but 200), `mixed` (a list that is not that of the revision which the answer
        names), `swaps`, `lists` (users and policies asked for), `differ` (of them, whose two revisions differ).
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lists = two_releases(project, root)
        first, second = lists
        with running(root) as (port, _):
            calls, swaps = Calls(port, list(lists[first])), 0
            with calls.going_on(SWAPPING):
                for name in itertools.cycle(lists):
                    if len(calls.answers) >= wanted:
                        break
                    serve(name, root / RELEASES)
                    swaps += _wait_for(port, name)
    return {
        "answers": len(calls.answers),
        "failed": len(calls.others),
        "mixed": sum(lists[revision][key] != rows for key, revision, rows in calls.answers),
        "swaps": swaps,
        "lists": len(lists[first]),
        "differ": sum(rows != lists[second][key] for key, rows in lists[first].items()),
    }


def _wait_for(port: int, revision: str) -> bool:
    """Wait until a revision answers; return whether another one did at first."""
    caller, pause, looks = Caller(port), threading.Event(), 0
    while json.loads(caller.send("GET", "/health/live")[2])["revision"] != revision:
        looks += 1
        pause.wait(0.05)
    caller.close()
    return looks > 0


def overloaded(project: Path, seconds: float) -> dict[str, Any]:
    """Ask for more than the service can answer, for a while.

    Returns:
        `callers`, `waiting`, `seconds`, `answers`, `refused` (503 with Retry-After), `failed` (anything else), memory
        in MiB `before`, `halfway` and `after`, and the median milliseconds of a lone request before and after.
    """
    with running(project, "--waiting", str(WAITING)) as (port, process_id):
        process, calls = psutil.Process(process_id), Calls(port, list(lists_of(project / FOLDER)))
        with calls.going_on(WAITING):
            while len(calls.answers) < REMEMBERED:
                threading.Event().wait(0.1)
        before, memory = _alone(port, calls.keys), [_mib(process)]
        calls = Calls(port, calls.keys)
        with calls.going_on(ASKING):
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                threading.Event().wait(min(left, 1))
                memory.append(_mib(process))
        after = _alone(port, calls.keys)
        memory.append(_mib(process))
    kinds = Counter(calls.others)
    refused = kinds.pop((503, True), 0)
    return {
        "callers": ASKING,
        "waiting": WAITING,
        "seconds": seconds,
        "answers": len(calls.answers),
        "refused": refused,
        "failed": kinds.total(),
        "memory_mib": {"before": memory[0], "halfway": memory[len(memory) // 2], "after": memory[-1]},
        "alone_ms": {"before": before, "after": after},
    }


def _mib(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def _alone(port: int, keys: Sequence[Key]) -> float:
    """Return the median milliseconds of requests one after the other; all of them must be answered."""
    caller, calls, taken = Caller(port), Calls(port, keys), []
    for key in itertools.islice(itertools.cycle(keys), ALONE):
        start = time.perf_counter()
        calls.ask(caller, key)
        taken.append(1000 * (time.perf_counter() - start))
    caller.close()
    if calls.others:
        raise SystemExit(f"{len(calls.others)} of {ALONE} lone requests were not answered: {calls.others[0]}")
    return float(np.median(taken))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write the results; 1 if a request failed or a list was mixed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=Path(), help="where the pipeline ran, by default here")
    parser.add_argument("--answers", type=int, default=10_000, help="while swapping; default: %(default)s")
    parser.add_argument("--seconds", type=float, default=60, help="of overload; default: %(default)s")
    chosen = parser.parse_args(argv)
    found: Mapping[str, dict[str, Any]] = {
        "swap": swapped(chosen.project, chosen.answers),
        "overload": overloaded(chosen.project, chosen.seconds),
    }
    sys.stdout.write(json.dumps(report.rounded(found), indent=2) + "\n")
    path = report.save(f"resilience_{read_params(chosen.project).dataset.name}", found)
    sys.stdout.write(f"{path.relative_to(Path(__file__).parents[1])}\n")
    return int(any(found[name]["failed"] for name in found) or found["swap"]["mixed"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
