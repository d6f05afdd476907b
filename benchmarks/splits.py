"""Whether the lead holds where the log is split elsewhere: each user's last events cut off, and under global time.

Run from the project's folder after a run of the pipeline: python -m benchmarks.splits. Nothing is chosen here: the
parameters are those of params.yaml. Writes benchmarks/results/splits_DATASET.json.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from benchmarks.ties import EVENTS, ITEMS, measure, recommend
from recommender.columns import USER
from recommender.params import load
from recommender.policies import POLICIES
from recommender.sections import Params
from recommender.splitting import Parts, global_time, last_interaction, order_events
from recommender.tables import read_table, write_json

RESULTS = Path("benchmarks/results")
METRIC = "ndcg@10"


def cut(events: pd.DataFrame, last: int) -> pd.DataFrame:
    """Leave out the last events of each user.

    Args:
        events: ordered by `order_events`: by user, then in time.
        last: how many of each user.
    """
    return events[events.groupby(USER).cumcount(ascending=False) >= last]


def variants(events: pd.DataFrame, params: Params, cuts: Sequence[int]) -> Iterator[tuple[str, Parts, Params]]:
    """Yield each split with its name and its parameters."""
    ordered = order_events(events, params.split.ties, params.split.tie_seed)
    for last in cuts:
        yield (
            f"last {last} events cut off",
            last_interaction(cut(ordered, last)),
            with_method(params, "last_interaction"),
        )
    now = with_method(params, "global_time")
    yield "global time", global_time(ordered, now.split.valid_from, now.split.test_from), now


def with_method(params: Params, method: str) -> Params:
    """Return the parameters with another method of the split."""
    return params.model_copy(update={"split": params.split.model_copy(update={"method": method})})


def compare(metrics: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Set `two_stage` against svd and against the best source alone, in NDCG@10.

    Args:
        metrics: of each policy and source.
    """
    sources = {name: values[METRIC] for name, values in metrics.items() if name not in POLICIES}
    best = max(sources, key=lambda name: sources[name])
    ours, svd = metrics["two_stage"][METRIC], metrics["svd"][METRIC]
    return {
        "two_stage": ours,
        "svd": svd,
        "best_source": best,
        "best_source_value": sources[best],
        "over_svd": ours / svd,
        "over_best_source": ours / sources[best],
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run every split, print a table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, nargs="*", default=[1, 2, 3, 5, 10], help="default: %(default)s")
    cuts = parser.parse_args(argv).cuts
    events, items, params = read_table(EVENTS), read_table(ITEMS), load()
    found = {}
    for name, parts, now in tqdm(variants(events, params, cuts), total=len(cuts) + 1, disable=None):
        metrics = measure(parts, items, recommend(parts, items, now), now.evaluate.ks)
        found[name] = compare(metrics) | {"users": len(parts.requests)}
    path = RESULTS / f"splits_{params.dataset.name}.json"
    write_json(path, {"dataset": params.dataset.name, "ties": params.split.ties, "splits": found})
    sys.stdout.write(f"{pd.DataFrame(found).T.to_string()}\n{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
