"""What new events bring without training: each user's last events are held back from the fit and fed in one by one.

Run after a run of the pipeline: python -m benchmarks.fold_in. Each request is about the next event. Three answers are
compared: from the history as it was fitted (stale), with the new events folded in, and by models fitted again on the
same events (refit). Writes benchmarks/results/fold_in_DATASET.json.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks import report
from benchmarks.params import Params, read_params
from benchmarks.ties import EVENTS, ITEMS
from recommender.evaluation import paired
from recommender.features.context import ItemTable, item_table
from recommender.files import read_table
from recommender.log.histories import Histories, Ints, build_histories
from recommender.log.splitting import order_events
from recommender.log.views import Requests, timed
from recommender.ndcg import ndcg
from recommender.parts import read_events
from recommender.policies import Policy, TwoStagePolicy
from recommender.ranking.fitting import fit
from recommender.seeds import generator
from recommender.terminal import Parser
from recommender_lab.feedback.retrain import top_lists

K, KEPT = 10, 5
METRIC = f"ndcg@{K}"


def gains(policy: Policy, histories: Histories, requests: Requests, targets: Ints) -> pd.DataFrame:
    """Return NDCG@10 of each request, one target each."""
    hits = top_lists(policy, histories, requests, K) == targets[:, None]
    return pd.DataFrame({METRIC: ndcg(hits, np.ones(len(targets), dtype=np.int64), K)})


def fit_policy(histories: Histories, items: ItemTable, params: Params) -> Policy:
    """Fit as the pipeline does; the last event of each user with two or more is validation."""
    fitted = fit(histories, histories.lengths - (histories.lengths >= 2), items, params)
    return TwoStagePolicy(fitted.knowledge, items, params.features, fitted.trained.ranker)


def measure(histories: Histories, items: pd.DataFrame, params: Params, held: int) -> dict[str, Any]:
    """Compare the three answers after 0 to `held - 1` new events per user.

    Args:
        histories: the whole log.
        items: the table of items.
        params: see params.yaml.
        held: events per user that the first fit does not know.

    Returns:
        For each number of new events the means, and folded in minus refit with its interval.
    """
    table, users = item_table(items, histories.items), np.flatnonzero(histories.lengths >= held + KEPT)
    ends = histories.lengths.copy()
    ends[users] -= held
    fixed = fit_policy(histories.until(ends), table, params)
    found = {}
    for new in tqdm(range(held), disable=None, unit="event", leave=False):
        position = ends[users] + new
        asked = timed(histories, users, position, params.sequence.request_time)
        targets = histories.item[histories.indptr[users] + position]
        refit = fit_policy(histories.until(ends + new * (ends < histories.lengths)), table, params)
        tables = {
            "stale": gains(fixed, histories, Requests(users, ends[users], asked.time), targets),
            "folded_in": gains(fixed, histories, asked, targets),
            "refit": gains(refit, histories, asked, targets),
        }
        gap = paired.differences(
            tables, [("folded_in", "refit")], generator(params.base.seed, "bootstrap"), params.evaluate.resamples
        )
        means = {name: float(values[METRIC].mean()) for name, values in tables.items()}
        found[f"{new} new events"] = means | {"folded_in_minus_refit": gap["folded_in_minus_refit"][METRIC]}
    return {"users": len(users), "after": found}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table and write the results."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held", type=int, default=5, help="events per user to hold back; default: %(default)s")
    parser.add_argument("--project", type=Path, default=Path(), help="where the pipeline ran, by default here")
    chosen = parser.parse_args(argv)
    params = read_params(chosen.project)
    events, items = read_events(chosen.project / EVENTS), read_table(chosen.project / ITEMS)
    histories = build_histories([order_events(events, params.split.ties, params.split.tie_seed)])
    found = measure(histories, items, params, chosen.held)
    rows = [
        {"after": name, **{key: f"{one[key]:.4f}" for key in ("stale", "folded_in", "refit")}}
        for name, one in found["after"].items()
    ]
    sys.stdout.write(f"NDCG@{K} of the next event, {found['users']} users\n{report.table(rows)}\n")
    sys.stdout.write(f"{report.save(f'fold_in_{params.dataset.name}', found).relative_to(Path(__file__).parents[1])}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
