"""How much of the closed loop is chance: the stage `feedback_loop` with several seeds, arm by arm.

A seed changes the users' noise, clicks and visits and the training of the models; the log stays the same. All arms of
one seed share its random numbers, so differences are paired. Run after the stage `prepare`, in the project's folder:
python -m benchmarks.loop_seeds. Writes benchmarks/results/loop_seeds.json.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks import report
from benchmarks.params import read_params
from benchmarks.ties import EVENTS, ITEMS
from benchmarks.workspace import ROOT, prepare
from recommender.estimate import Estimate
from recommender.terminal import Parser

STAGE = "feedback_loop"
SHOWN = ("last_round.click_through_rate", "mean.click_through_rate", "last_round.coverage")
PAIRS = (
    ("two_stage", "two_stage_frozen"),
    ("two_stage", "svd"),
    ("two_stage", "popularity"),
    ("two_stage_exploring", "two_stage"),
)

Arms = dict[str, dict[str, float]]


def run(folder: Path, project: Path, seed: int) -> Arms:
    """Run the stage in a copy of the project; return the values of `SHOWN` of each arm."""
    workspace = prepare(folder, {"base": {"seed": seed}}, project)
    shutil.copytree(project / EVENTS, workspace.project / EVENTS)
    shutil.copyfile(project / ITEMS, workspace.project / ITEMS)
    workspace.run(STAGE, STAGE)
    found = pd.read_csv(workspace.project / f"metrics/details/{STAGE}.csv", index_col="name")["value"]
    arms = dict.fromkeys(name.split(".")[1] for name in found.index if name.startswith("arms."))
    return {arm: {name: float(found[f"arms.{arm}.{name}"]) for name in SHOWN} for arm in arms}


def summarise(runs: Sequence[Arms]) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Return the mean of each value over the seeds with a 95 % interval, by arm, and of the differences of `PAIRS`."""
    arms = {arm: {name: over_seeds([one[arm][name] for one in runs]) for name in SHOWN} for arm in runs[0]}
    gaps = {
        f"{one}_minus_{other}": {
            name: over_seeds([run[one][name] - run[other][name] for run in runs]) for name in SHOWN
        }
        for one, other in PAIRS
        if {one, other} <= arms.keys()
    }
    return {"arms": arms, "differences": gaps}


def over_seeds(values: Sequence[float]) -> dict[str, float]:
    """Return the mean with the interval of Student's t."""
    error = float(np.std(values, ddof=1)) / len(values) ** 0.5
    mean = Estimate(float(np.mean(values)), error, len(values) - 1)
    low, high = mean.interval()
    return {"value": float(mean.value), "low": float(low), "high": float(high)}


def rows(found: Mapping[str, Any]) -> list[dict[str, str | float]]:
    """Return the lines of the printed table."""
    return [
        {"arm": name} | {key: "{value:.4f} [{low:.4f}, {high:.4f}]".format(**one) for key, one in values.items()}
        for part in ("arms", "differences")
        for name, values in found[part].items()
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Run every seed, print a table and write the results."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="how many, 2 or more (default: %(default)s)")
    number = parser.parse_args(argv).seeds
    if number < 2:
        parser.error(f"--seeds: found {number}, expected 2 or more")
    first, runs = read_params(ROOT).base.seed, []
    for seed in tqdm(range(first, first + number), disable=None, unit="seed"):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(run(Path(folder), ROOT, seed))
    found = {"seeds": number} | summarise(runs)
    sys.stdout.write(f"{report.table(rows(found))}\n{report.save('loop_seeds', found).relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
