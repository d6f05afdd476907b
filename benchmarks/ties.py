"""How much chance moves the results: every policy over several tie seeds and over several training seeds.

The tie seeds are run with and without the time of the request, the training seeds with the tie seed of params.yaml.
Run from the project's folder after a run of the pipeline: python -m benchmarks.ties. Nothing is chosen here: all other
parameters are those of params.yaml. Writes benchmarks/results/ties.json.
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks import report
from benchmarks.params import Params, read_params
from recommender.evaluation import lists, per_user, reference
from recommender.features.context import item_table
from recommender.files import read_table, write_json
from recommender.log.histories import build_histories, lengths_without
from recommender.log.splitting import Parts, last_interaction, order_events
from recommender.log.views import open_requests
from recommender.parts import read_events
from recommender.policies import Policy, SourcePolicy, TwoStagePolicy, recommend_all
from recommender.ranking.fitting import Fitted, fit
from recommender.retrieval.sources.popularity import Popularity
from recommender.retrieval.sources.svd import Svd
from recommender.terminal import Parser

EVENTS, ITEMS = Path("data/prepared/interactions.parquet"), Path("data/prepared/items.parquet")
SHOWN = ("hit@10", "ndcg@10")


def changed(params: Params, tie_seed: int, training_seed: int, request_time: bool) -> Params:
    """Return the parameters with other seeds and another use of the request's time."""
    split = params.split.model_copy(update={"tie_seed": tie_seed})
    base = params.base.model_copy(update={"seed": training_seed})
    sequence = params.sequence.model_copy(update={"request_time": request_time})
    return params.model_copy(update={"split": split, "base": base, "sequence": sequence})


def fit_parts(parts: Parts, items: pd.DataFrame, params: Params) -> Fitted:
    """Run the pipeline in memory up to the ranker."""
    histories = build_histories([parts.train, parts.valid])
    return fit(histories, lengths_without(histories, parts.valid), item_table(items, histories.items), params)


def policies_of(fitted: Fitted, params: Params) -> dict[str, Policy]:
    """Return each policy and each source alone."""
    known = fitted.knowledge
    catalogue = known.items.counts > 0
    return {
        "popularity": SourcePolicy(known[Popularity], catalogue),
        "svd": SourcePolicy(known[Svd], catalogue),
        **{name: SourcePolicy(source, catalogue) for name, source in known.sources.items() if name != "svd"},
        "two_stage": TwoStagePolicy(known, fitted.items, params.features, fitted.trained.ranker),
    }


def recommend(parts: Parts, items: pd.DataFrame, params: Params) -> dict[str, pd.DataFrame]:
    """Run the pipeline in memory and return the lists of each policy and of each source alone."""
    fitted = fit_parts(parts, items, params)
    histories = fitted.histories
    requests = open_requests(histories, parts.requests, params.sequence.request_time)
    k = max(params.evaluate.ks)
    return {name: recommend_all(policy, histories, requests, k) for name, policy in policies_of(fitted, params).items()}


def measure(
    parts: Parts, items: pd.DataFrame, shown: dict[str, pd.DataFrame], ks: list[int]
) -> dict[str, pd.DataFrame]:
    """Return what each user had of each policy's lists: a row per test user, indexed by id, columns as in `SHOWN`."""
    truth = reference.build(parts.test, pd.concat([parts.train, parts.valid]), items)
    padded = {name: lists.pad(frame, truth, max(ks), name) for name, frame in shown.items()}
    shown = {name: per_user.measure(table, truth, ks)[list(SHOWN)] for name, table in padded.items()}
    return {name: table.set_axis(truth.users) for name, table in shown.items()}


def means(tables: dict[str, pd.DataFrame]) -> dict[str, dict[str, float]]:
    """Return the means over users of each policy."""
    return {
        name: dict(zip(SHOWN, per_user.exact_means(table.to_numpy(dtype=np.float64)).tolist(), strict=True))
        for name, table in tables.items()
    }


def summarise(runs: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return mean, standard deviation, lowest and highest of each metric over the runs."""
    found: dict[str, dict[str, dict[str, float]]] = {policy: {} for policy in runs[0]}
    for policy, metric in product(found, SHOWN):
        values = [run[policy][metric] for run in runs]
        spread = {"sd": float(np.std(values, ddof=1)), "lowest": min(values), "highest": max(values)}
        found[policy][metric] = {"mean": float(np.mean(values)), **spread}
    return found


def modes(params: Params, seeds: Sequence[int]) -> dict[str, list[Params]]:
    """Return the parameters of the runs of each table."""
    tie_seed, training_seed = params.split.tie_seed, params.base.seed
    return {
        "with_request_time": [changed(params, seed, training_seed, True) for seed in seeds],
        "without_request_time": [changed(params, seed, training_seed, False) for seed in seeds],
        "training_seeds": [changed(params, tie_seed, seed, True) for seed in seeds],
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run every seed, print a table, write the results."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="seeds 0 to N - 1, 2 or more (default: %(default)s)")
    seeds = range(parser.parse_args(argv).seeds)
    events, items, params = read_events(EVENTS), read_table(ITEMS), read_params()
    results: dict[str, Any] = {}
    for mode, each in modes(params, seeds).items():
        runs = []
        for now in tqdm(each, disable=None, desc=mode):
            parts = last_interaction(order_events(events, now.split.ties, now.split.tie_seed))
            runs.append(means(measure(parts, items, recommend(parts, items, now), now.evaluate.ks)))
        results[mode] = summarise(runs)
    write_json(report.RESULTS / "ties.json", results | {"seeds": len(seeds), "ties": params.split.ties})
    for mode, policies in results.items():
        table = {name: {metric: value["mean"] for metric, value in found.items()} for name, found in policies.items()}
        sys.stdout.write(f"{mode}, means over {len(seeds)} seeds\n{pd.DataFrame(table).T.round(4).to_string()}\n\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
