"""Compare the stages that have an engine in threads and on a Dask cluster of this machine: seconds, memory, bytes."""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks import report
from benchmarks.pipeline import GIB, MOVIELENS, Log, dataset
from benchmarks.workspace import Workspace, merged, prepare
from recommender.terminal import Parser

ENGINES = ("local", "dask")
WORKERS = 2
OUTPUTS = ("data/split", "models/svd", "models/sequence", "data/ranking", "data/recommendations", "data/request_logs")

Costs = dict[str, dict[str, float]]
"""What each stage cost; see `timed.run`."""


def measure(workspace: Workspace) -> tuple[dict[str, Costs], bool]:
    """Run the stages with each engine.

    Returns:
        The costs of each engine, and whether the outputs of all engines have the same bytes.
    """
    costs, bytes_of = {}, {}
    workspace.run("download", "prepare")
    for kind in ENGINES:
        choose(workspace.project / "params.yaml", {"engine": {"kind": kind, "workers": WORKERS}})
        before = len(workspace.stages())
        workspace.run("split", "build_ranking")
        if kind == ENGINES[0]:
            workspace.run("train_ranker", "train_ranker")
        workspace.run("recommend_two_stage", "recommend_two_stage")
        own = {str(stage["name"]): stage for stage in workspace.stages()[before:]}
        costs[kind] = {name: cost for name, cost in own.items() if name != "train_ranker"}
        bytes_of[kind] = digests(workspace.project)
    return costs, len({*bytes_of.values()}) == 1


def choose(params: Path, overrides: Mapping[str, Mapping[str, Any]]) -> None:
    """Replace some keys of params.yaml."""
    params.write_text(yaml.safe_dump(merged(yaml.safe_load(params.read_text("utf-8")), overrides)), "utf-8")


def digests(project: Path) -> tuple[str, ...]:
    """Return a digest of each output of the stages."""
    paths = [path for name in OUTPUTS for path in sorted((project / name).rglob("*"))]
    return tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file())


def rows(costs: Mapping[str, Costs]) -> list[dict[str, str | float]]:
    """Return the lines of the table: a stage each."""
    local, dask = (costs[kind] for kind in ENGINES)
    return [
        {
            "stage": name,
            "CPU s, local": local[name]["cpu_s"],
            "CPU s, Dask": dask[name]["cpu_s"],
            "ratio": dask[name]["cpu_s"] / local[name]["cpu_s"],
            "wall s, local": local[name]["wall_s"],
            "wall s, Dask": dask[name]["wall_s"],
            "GiB, local": local[name]["peak_bytes"] / GIB,
            "GiB of the largest process, Dask": dask[name]["peak_bytes"] / GIB,
        }
        for name in local
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write benchmarks/results/engine_NAME.json."""
    parser = Parser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("name", choices=[*MOVIELENS, "synthetic"])
    parser.add_argument("--path", type=Path, help="a local copy of the log, instead of a download or a new log")
    for key, default in (("users", 14_000), ("items", 6_300), ("events", 1_000_000)):
        parser.add_argument(f"--{key}", type=int, default=default, help="of the synthetic log; default: %(default)s")
    log = Log(**vars(parser.parse_args(argv)))
    with tempfile.TemporaryDirectory() as folder:
        workspace = prepare(Path(folder), {"dataset": dataset(log, Path(folder))})
        costs, same = measure(workspace)
    print(report.table(rows(costs)))
    print("same bytes" if same else "OTHER BYTES")
    report.save(f"engine_{log.name}", {"workers": WORKERS, "costs": costs, "same_bytes": same})
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
