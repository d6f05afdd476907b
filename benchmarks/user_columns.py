"""What the group `user_columns` (age, gender, occupation of MovieLens) brings to two_stage on validation.

Run after the stages up to `split`: python -m benchmarks.user_columns. It reads no test event. Both sides have the same
tie seeds and seeds of the ranker. Writes benchmarks/results/user_columns_DATASET.json.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import report
from benchmarks.overrides import overridden
from benchmarks.params import Params, read_params
from benchmarks.trial import Evaluator
from recommender.evaluation.paired import differences
from recommender.files import read_table
from recommender.parts import read_events
from recommender.seeds import generator

EVENTS = ("data/split/train.parquet", "data/split/valid.parquet")
TABLES = ("data/prepared/items.parquet", "data/prepared/users.parquet")
METRIC = "ndcg@10"


def measure(evaluator: Evaluator, params: Params, tie_seeds: int, ranker_seeds: int) -> dict[str, Any]:
    """Return the mean NDCG@10 of the validation requests without and with the group, and the paired difference."""
    sides = {
        name: overridden(params, {"features.user_columns": on}) for name, on in (("without", False), ("with", True))
    }
    gains = {
        name: np.mean([evaluator.gains(side, seed, range(ranker_seeds)) for seed in range(tie_seeds)], axis=0)
        for name, side in sides.items()
    }
    tables = {name: pd.DataFrame({METRIC: values}) for name, values in gains.items()}
    random = generator(params.base.seed, "bootstrap")
    found = differences(tables, [("with", "without")], random, params.evaluate.resamples)["with_minus_without"][METRIC]
    means = {name: float(values.mean()) for name, values in gains.items()}
    return {"validation": means | {"with_minus_without": found}, "tie_seeds": tie_seeds, "ranker_seeds": ranker_seeds}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write the result and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tie-seeds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--ranker-seeds", type=int, default=3, help="default: %(default)s")
    chosen, params = parser.parse_args(argv), read_params()
    train, valid = (read_events(Path(name)) for name in EVENTS)
    items, users = (read_table(Path(name)) for name in TABLES)
    found = measure(Evaluator(train, valid, items, users), params, chosen.tie_seeds, chosen.ranker_seeds)
    report.save(f"user_columns_{params.dataset.name}", found)
    gap = "{difference:+.4f} [{low:+.4f}, {high:+.4f}]".format(**found["validation"]["with_minus_without"])
    sys.stdout.write("{without:.4f} → {with:.4f} ".format(**found["validation"]) + f"({gap})\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
