"""Run the stages that read the whole log on one that is larger than what most machines hold: seconds, memory and bytes.

The log is synthetic. What is fitted to a bounded number of requests is left out, and svd recommends to a sample of the
users. With two engines, the results of both must have the same bytes.
"""

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks import report, synthetic_log
from benchmarks.engine import ENGINES, choose, digests
from benchmarks.pipeline import GIB
from benchmarks.workspace import Workspace, prepare
from recommender.outputs import as_a_set
from recommender.parts import read_events, write_events
from recommender.seeds import mix
from recommender.terminal import Parser

PART_EVENTS = 5_000_000
ASKED = 10_000
"""Test users that get recommendations, at most."""
REQUESTS = Path("data/split/requests.parquet")
STEPS = (("download", "prepare"), ("split", "train_svd"), ("recommend_svd", "recommend_svd"))
LAST = ("train_sequence", "train_sequence")
"""The longest stage, after the others."""
POLL_S = 0.2

Costs = dict[str, Any]
"""What a stage cost, see `timed.run`, and `worker_bytes`: the most that a process started by the stage held."""


class Watch(threading.Thread):
    """Looks for the largest process that a stage starts: a worker of a cluster."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._done, self.peak = threading.Event(), 0

    def run(self) -> None:
        """Look until told to stop."""
        while not self._done.wait(POLL_S):
            with suppress(psutil.Error):
                stages = [stage for timer in psutil.Process().children() for stage in timer.children()]
                for process in [one for stage in stages for one in stage.children(recursive=True)]:
                    self.peak = max(self.peak, int(process.memory_info().rss))

    def stop(self) -> None:
        """Look no more."""
        self._done.set()
        self.join()


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch for the time of a block."""
    watch = Watch()
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def measure(workspace: Workspace, kinds: Sequence[str]) -> Iterator[dict[str, list[Costs]]]:
    """Run the stages with each engine, and yield what they cost so far after each step."""
    found: dict[str, list[Costs]] = {}
    for kind in kinds:
        choose(workspace.project / "params.yaml", {"engine": {"kind": kind}})
        found[kind] = []
        for first, last in [*(STEPS if kind == kinds[0] else STEPS[1:]), LAST]:
            if first == STEPS[2][0]:
                _draw(workspace.project / REQUESTS)
            with watched() as watch:
                workspace.run(first, last)
            new = workspace.stages()[sum(map(len, found.values())) :]
            found[kind] += [stage | {"worker_bytes": watch.peak} for stage in new]
            yield found


def _draw(path: Path) -> None:
    """Leave some of the requests."""
    requests = read_events(path)
    drawn = mix(requests["user_id"].to_numpy().astype("uint64"), 0).argsort(kind="stable")[:ASKED]
    with as_a_set():
        write_events(requests.iloc[sorted(drawn)].reset_index(drop=True), path)


def rows(engines: Mapping[str, Sequence[Costs]]) -> list[dict[str, str | float]]:
    """Return the lines of the table: a stage of an engine each."""
    return [
        {
            "engine": kind,
            "stage": stage["name"],
            "CPU s": stage["cpu_s"],
            "wall s": stage["wall_s"],
            "GiB of the largest process": stage["peak_bytes"] / GIB,
            "GiB of the largest worker": stage["worker_bytes"] / GIB,
        }
        for kind, stages in engines.items()
        for stage in stages
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; print and write benchmarks/results/large.json after each step."""
    parser = Parser(prog="python -m benchmarks.large", description=__doc__)
    for key, default in (("users", 1_000_000), ("items", 100_000), ("events", 100_000_000)):
        parser.add_argument(f"--{key}", type=int, default=default, help="of the log; default: %(default)s")
    parser.add_argument("--engines", choices=ENGINES, nargs="+", default=[*ENGINES], help="default: both")
    parser.add_argument("--path", type=Path, help="where the log is kept, or was; default: a temporary file")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        log = chosen.path or Path(folder) / "log.parquet"
        if not log.exists():
            parts = -(-chosen.events // PART_EVENTS)
            synthetic_log.save_parts(log, chosen.users, chosen.items, chosen.events, parts, seed=0)
        settings = {"dataset": {"name": "interaction-log", "path": str(log.resolve())}}
        workspace = prepare(Path(folder) / "copy", settings)
        sizes = {key: getattr(chosen, key) for key in ("users", "items", "events")}
        bytes_of: dict[str, tuple[str, ...]] = {}
        for found in measure(workspace, chosen.engines):
            kind, stages = [*found.items()][-1]
            if stages[-1]["name"] == LAST[1]:
                bytes_of[kind] = digests(workspace.project)
            same = len(bytes_of) > 1 and len({*bytes_of.values()}) == 1
            print(report.table(rows(found)))
            report.save("large", sizes | {"engines": found, "same_bytes": same})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
