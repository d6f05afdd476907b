"""Fit one peer, recommend, and say what it cost: python -m benchmarks.peers SYSTEM SPLIT OUT.

SPLIT holds train, valid and requests as Parquet. Writes OUT.parquet (user_id, rank, item_id, score) and OUT.json.
"""

import argparse
import json
import resource
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.peers.contract import K, Task, mean_ndcg, read_tasks
from benchmarks.peers.settings import Grid, grids

MODULES = {
    "als": "factors",
    "bpr": "factors",
    "item_knn": "factors",
    "lightfm": "warp",
    "ease": "linear",
    "ease_recent": "linear",
    "transitions": "linear",
    "sasrec": "transformers",
    "hstu": "transformers",
}
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Return what a call returns, and its seconds: `wall_s`, and `cpu_s` of all threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return found, {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def choose(module: Any, system: str, grid: Grid, data: Task, answers: pd.DataFrame) -> dict[str, Any]:
    """Return the settings that rank the validation events best; a single one is not tried."""
    if hasattr(module, "choose"):
        return dict(module.choose(grid, data, answers))
    if len(grid) == 1:
        return grid[0]
    found = [mean_ndcg(fitted(module, system, data, one).recommend(data, K), answers) for one in grid]
    return grid[found.index(max(found))]


def fitted(module: Any, system: str, data: Task, settings: dict[str, Any]) -> Any:
    """Return the fitted model of a system: its module has a function of its name, or `fit`."""
    return getattr(module, system if hasattr(module, system) else "fit")(data, settings)


def work(system: str, folder: Path, out: Path, grid: Grid) -> dict[str, Any]:
    """Choose, fit, recommend and write.

    Returns:
        What OUT.json holds.
    """
    module = import_module(f"benchmarks.peers.{MODULES[system]}")
    watched, answers, final = read_tasks(folder)
    settings, tuning = timed(lambda: choose(module, system, grid, watched, answers))
    model, fitting = timed(lambda: fitted(module, system, final, settings))
    lists, recommending = timed(lambda: model.recommend(final, K))
    out.parent.mkdir(parents=True, exist_ok=True)
    lists.to_parquet(out.with_suffix(".parquet"), index=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT
    cost = {"tune": tuning, "fit": fitting, "recommend": recommending, "peak_bytes": peak}
    return {"cost": cost, "settings": settings, "notes": model.notes, "settings_tried": len(grid)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one peer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("system", choices=MODULES)
    parser.add_argument("split", type=Path)
    parser.add_argument("out", type=Path, help="without suffix")
    parser.add_argument("--dataset", default="movielens-100k")
    parser.add_argument("--minutes", type=float, default=45, help="for one training of a transformer")
    chosen = parser.parse_args(argv)
    warnings.simplefilter("ignore")
    grid = grids(chosen.dataset, chosen.minutes)[chosen.system]
    found = work(chosen.system, chosen.split, chosen.out, grid)
    chosen.out.with_suffix(".json").write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
