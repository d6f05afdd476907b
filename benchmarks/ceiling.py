"""How far the ranker could go under global time: the same trees, taught with what it must not know.

Few past moments resemble the one that is asked about, so does the ranker lack the right lessons, or do sources and
features lack what tells them apart? Here the ranker also learns from the test answers of *other* test users (the users
are cut into folds): it knows what this very future looks like, though not for the user in question. An estimate, not a
bound: the number of trees and the settings stay. Nothing is served or chosen by it.

Run after a run of the pipeline: python -m benchmarks.ceiling. Writes benchmarks/results/ceiling_DATASET.json.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks import report
from benchmarks.params import Params, read_params
from benchmarks.splits import ALIKE, METRIC, MOMENTS, Tables, pool, variants
from benchmarks.ties import EVENTS, ITEMS, fit_parts, measure, policies_of
from recommender.columns import ITEM, RANK, SCORE, USER
from recommender.files import read_table, write_json
from recommender.log.histories import codes_of
from recommender.log.splitting import Parts
from recommender.log.views import Requests, open_requests
from recommender.parts import read_events
from recommender.policies import recommend_all
from recommender.ranking.dataset import RankingRows, Targets, build_rows
from recommender.ranking.fitting import Fitted, as_table
from recommender.ranking.scored import Scored, best
from recommender.ranking.training import RankingTable, refit
from recommender.seeds import generator
from recommender.terminal import Parser


def answers(test: pd.DataFrame, fitted: Fitted, requests: Requests) -> Targets:
    """Return the held-out events of each request; items that nobody met before are left out."""
    row = np.full(fitted.histories.n_users, -1)
    row[requests.user] = np.arange(len(requests))
    request = row[codes_of(test[USER].to_numpy(), fitted.histories.users)]
    item = codes_of(test[ITEM].to_numpy(), fitted.histories.items)
    order = np.argsort(request, kind="stable")
    kept = order[item[order] >= 0]
    return Targets(request[kept], item[kept], np.ones(len(kept), dtype=bool))


def taught(fitted: Fitted, rows: RankingRows, fold: NDArray[np.int64], params: Params) -> NDArray[np.float64]:
    """Score each request's candidates by a ranker that has also seen the answers of the other folds.

    Args:
        fitted: a run of the pipeline.
        rows: all candidates of the test requests, labelled.
        fold: of each request, (n_requests,).
        params: all parameters.

    Returns:
        float64 (n_rows,).
    """
    test = as_table(rows)
    scores = np.zeros(len(rows.label))
    for at in np.unique(fold):
        own = fold[rows.request] == at
        others = RankingTable(test.request[~own], test.label[~own], test.features[~own], test.time[~own])
        ranker = refit(fitted.trained.stopped, [fitted.past, fitted.check, others], params)
        scores[own] = ranker.predict(rows.features[own])
    return scores


def lists_of(rows: RankingRows, scores: NDArray[np.float64], fitted: Fitted, k: int) -> pd.DataFrame:
    """Return `user_id, rank, item_id, score` of the k best candidates of each request."""
    top, rank = best(Scored(rows.request, rows.item, scores), k)
    users = np.full(rows.n_requests, -1)
    users[rows.request] = rows.user
    histories = fitted.histories
    columns = {USER: histories.users[users[top.request]], RANK: rank.astype(np.int32), ITEM: histories.items[top.item]}
    return pd.DataFrame(columns | {SCORE: top.score})


def run(parts: Parts, items: pd.DataFrame, params: Params, folds: int) -> Tables:
    """Return the values per user of svd, two_stage and the ranker taught with the answers of other users."""
    fitted, k = fit_parts(parts, items, params), max(params.evaluate.ks)
    histories, known = fitted.histories, fitted.knowledge
    requests = open_requests(histories, parts.requests, params.sequence.request_time)
    wanted = answers(parts.test, fitted, requests)
    rows = build_rows(histories, requests, wanted, known, fitted.items, params.features)
    fold = generator(params.base.seed, "ceiling").permutation(len(requests)) % folds
    policies = policies_of(fitted, params)
    shown = {name: recommend_all(policies[name], histories, requests, k) for name in ("svd", "two_stage")}
    shown["taught"] = lists_of(rows, taught(fitted, rows, fold, params), fitted, k)
    return measure(parts, items, shown, params.evaluate.ks)


def described(tables: Tables) -> dict[str, Any]:
    """Return users, the mean NDCG@10 of each, and how many times svd's it is."""
    mean = {name: float(table[METRIC].mean()) for name, table in tables.items()}
    over = {f"{name}_over_svd": value / mean["svd"] for name, value in mean.items() if name != "svd"}
    return {"users": len(tables["svd"])} | mean | over


def main(argv: Sequence[str] | None = None) -> int:
    """Run every moment, print a table, write the results."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ends", type=float, nargs="*", default=[1, 0.9, 0.8, 0.7, 0.6], help="default: %(default)s")
    parser.add_argument("--folds", type=int, default=5, help="parts that the users are cut into (default: %(default)s)")
    parser.add_argument("--project", type=Path, default=Path(), help="where the pipeline ran, by default here")
    chosen = parser.parse_args(argv)
    events, items = read_events(chosen.project / EVENTS), read_table(chosen.project / ITEMS)
    params = read_params(chosen.project)
    runs: dict[str, Tables] = {}
    for _, name, parts, now in tqdm(variants(events, params, [], chosen.ends), total=len(chosen.ends), disable=None):
        runs[name] = run(parts, items, now, chosen.folds)
    every = [*runs.values()]
    together = {MOMENTS: pool(every), ALIKE: pool(every, users_alike=True)}
    found = {name: described(tables) for name, tables in (runs | together).items()}
    path = report.RESULTS / f"ceiling_{params.dataset.name}.json"
    write_json(
        path, {"dataset": params.dataset.name, "ties": params.split.ties, "folds": chosen.folds, "splits": found}
    )
    sys.stdout.write(f"{pd.DataFrame(found).T.to_string()}\n{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
