"""Time a cold `dvc repro` and one with nothing to do, in a copy of the project: seconds and memory, stage by stage."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import report, synthetic_log
from benchmarks.workspace import Workspace, prepare
from recommender.terminal import Parser

MOVIELENS = ("movielens-100k", "movielens-1m")
IDLE_RUNS = 3
LAST = "evaluate"
"""The last stage that tells how good the recommendations are; what comes after it simulates and shows."""
GIB = 2**30


@dataclass(frozen=True)
class Log:
    """The log to run on.

    Attributes:
        name: of a MovieLens edition, or synthetic.
        path: a local copy; None downloads, or makes the synthetic log.
        users: of the synthetic log; `items` and `events` likewise.
    """

    name: str
    path: Path | None
    users: int
    items: int
    events: int


def dataset(log: Log, folder: Path) -> dict[str, Any]:
    """Return section `dataset` of the parameters; a synthetic log is made if there is no file of it."""
    if log.name in MOVIELENS:
        return {"name": log.name, "path": None if log.path is None else str(log.path.resolve())}
    path = log.path or folder / "log.csv"
    if not path.exists():
        synthetic_log.save(synthetic_log.generate(log.users, log.items, log.events, seed=0), path)
    return {"name": "interaction-log", "path": str(path.resolve())}


def measure(workspace: Workspace, *targets: str) -> dict[str, Any]:
    """Run the pipeline, or what some stages need, then ask again for what is done already."""
    cold = workspace.repro(*targets)
    stages = workspace.stages()
    idle = min(workspace.repro(*targets)["wall_s"] for _ in range(IDLE_RUNS))
    if len(workspace.stages()) > len(stages):
        raise RuntimeError("a stage ran again with nothing changed")
    return {"stages": stages, "cold": cold, "nothing_to_do_s": idle}


def rows(found: dict[str, Any]) -> list[dict[str, str | float]]:
    """Return the lines of the table: the stages, then the whole, whose memory is that of all processes together."""
    total = {"name": "all, with DVC", **found["cold"]}
    return [
        {
            "stage": stage["name"],
            "wall s": stage["wall_s"],
            "CPU s": stage["cpu_s"],
            "peak GiB": stage["peak_bytes"] / GIB,
        }
        for stage in [*found["stages"], total]
    ]


def render(name: str, found: dict[str, Any]) -> str:
    """Render everything that was measured as text."""
    return f"{name}\n{report.table(rows(found))}\nnothing to do: {found['nothing_to_do_s']:.2f} s"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write benchmarks/results/pipeline_NAME.json."""
    parser = Parser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("name", choices=[*MOVIELENS, "synthetic"])
    parser.add_argument("--path", type=Path, help="a local copy of the log, instead of a download or a new log")
    for key, default in (("users", 70_000), ("items", 14_000), ("events", 5_000_000)):
        parser.add_argument(f"--{key}", type=int, default=default, help="of the synthetic log; default: %(default)s")
    parser.add_argument("--whole", action="store_true", help="with A/B test, simulations, monitor and report too")
    chosen = vars(parser.parse_args(argv))
    targets = () if chosen.pop("whole") else (LAST,)
    log = Log(**chosen)
    with tempfile.TemporaryDirectory() as folder:
        workspace = prepare(Path(folder), {"dataset": dataset(log, Path(folder))})
        found = measure(workspace, *targets)
    print(render(log.name, found))
    print(report.save(f"pipeline_{log.name}", found).relative_to(Path(__file__).parents[1]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
