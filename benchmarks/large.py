"""Run the stages that read the whole log on one that is larger than what most machines hold: seconds and memory.

The log is synthetic. What is fitted to a bounded number of requests is left out, and svd recommends to a sample of the
users.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import report, synthetic_log
from benchmarks.engine import choose
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


def run(workspace: Workspace) -> Iterator[None]:
    """Run the stages, the longest one last, and stop after each part."""
    workspace.run("download", "train_svd")
    path = workspace.project / REQUESTS
    requests = read_events(path)
    drawn = mix(requests["user_id"].to_numpy().astype("uint64"), 0).argsort(kind="stable")[:ASKED]
    with as_a_set():
        write_events(requests.iloc[sorted(drawn)].reset_index(drop=True), path)
    workspace.run("recommend_svd", "recommend_svd")
    yield
    workspace.run("train_sequence", "train_sequence")
    yield


def rows(stages: Sequence[Mapping[str, Any]]) -> list[dict[str, str | float]]:
    """Return the lines of the table: a stage each."""
    return [
        {
            "stage": stage["name"],
            "CPU s": stage["cpu_s"],
            "wall s": stage["wall_s"],
            "GiB of the largest process": stage["peak_bytes"] / GIB,
        }
        for stage in stages
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; print and write benchmarks/results/large_ENGINE.json after each part."""
    parser = Parser(prog="python -m benchmarks.large", description=__doc__)
    for key, default in (("users", 1_000_000), ("items", 100_000), ("events", 100_000_000)):
        parser.add_argument(f"--{key}", type=int, default=default, help="of the log; default: %(default)s")
    parser.add_argument("--engine", choices=["local", "dask"], default="local")
    parser.add_argument("--path", type=Path, help="where the log is kept, or was; default: a temporary file")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        log = chosen.path or Path(folder) / "log.parquet"
        if not log.exists():
            parts = -(-chosen.events // PART_EVENTS)
            synthetic_log.save_parts(log, chosen.users, chosen.items, chosen.events, parts, seed=0)
        settings = {"dataset": {"name": "interaction-log", "path": str(log.resolve())}}
        workspace = prepare(Path(folder) / "copy", settings)
        choose(workspace.project / "params.yaml", {"engine": {"kind": chosen.engine}})
        sizes = {key: getattr(chosen, key) for key in ("users", "items", "events")}
        for _ in run(workspace):
            print(report.table(rows(workspace.stages())))
            report.save(f"large_{chosen.engine}", sizes | {"stages": workspace.stages()})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
