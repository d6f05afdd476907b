"""How good the first answers are: users of whom only the first one, two, five or ten events are known.

Run from the project's folder after a run of the pipeline: python -m benchmarks.cold_start. The users are cut into
folds. Those of a fold keep only their first events, all models are fitted on these and on the other users, and the next
event is asked for; so every user is cold once per length. Writes benchmarks/results/cold_start.json.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks import report
from benchmarks.params import read_params
from benchmarks.ties import EVENTS, ITEMS, SHOWN, measure, recommend
from recommender.columns import TIME, USER
from recommender.evaluation.intervals import bootstrap
from recommender.files import read_table, write_json
from recommender.log.splitting import Parts, last_interaction, order_events
from recommender.parts import read_events
from recommender.seeds import generator
from recommender.terminal import Parser

LENGTHS = (1, 2, 5, 10)
POLICIES = ("popularity", "svd", "two_stage")


def cold_parts(events: pd.DataFrame, cold: NDArray[np.bool_], length: int) -> Parts:
    """Cut some users down to their first events and ask for the next one of each.

    Args:
        events: ordered by user, time and tie rule.
        cold: which events are of the users to cut, boolean (events,).
        length: events that each of them keeps, 1 or more; who has no further event is left alone and not asked.

    Returns:
        Train, which has the first events of the cold users too, and validation, both otherwise as in protocol L; test
        and requests, which are those of the cold users alone.
    """
    position = events.groupby(USER).cumcount()
    others = last_interaction(events[~cold])
    train = pd.concat([others.train, events[cold & (position < length)]], ignore_index=True)
    test = events[cold & (position == length)].reset_index(drop=True)
    return Parts(train, others.valid, test, test[[USER, TIME]], {})


def main(argv: Sequence[str] | None = None) -> int:
    """Run every fold and length, print a table, write the results."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=5, help="parts that the users are cut into (default: %(default)s)")
    folds = parser.parse_args(argv).folds
    items, params = read_table(ITEMS), read_params()
    events = order_events(read_events(EVENTS), params.split.ties, params.split.tie_seed)
    code = pd.factorize(events[USER], sort=True)[0]
    fold = generator(params.base.seed, "cold_start").permutation(code.max() + 1)[code] % folds
    results: dict[str, dict[str, object]] = {}
    for length in LENGTHS:
        runs = []
        for at in tqdm(range(folds), disable=None):
            parts = cold_parts(events, fold == at, length)
            runs.append(measure(parts, items, recommend(parts, items, params), params.evaluate.ks))
        tables = {name: pd.concat([run[name] for run in runs], ignore_index=True) for name in POLICIES}
        ranges = bootstrap(tables, generator(params.base.seed, "bootstrap"), params.evaluate.resamples)
        results[str(length)] = {
            name: {metric: ranges[name][metric] | {"value": float(table[metric].mean())} for metric in SHOWN}
            for name, table in tables.items()
        } | {"users": len(tables["svd"])}
        sys.stdout.write(f"{length} events: { ({n: t.mean().round(4).to_dict() for n, t in tables.items()}) }\n")
    write_json(report.RESULTS / "cold_start.json", results | {"folds": folds})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
