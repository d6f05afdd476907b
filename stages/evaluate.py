"""Measure every policy's recommendations against the held-out events: metrics, intervals, comparisons, groups, plots.

Reads recommendations and the split only, so a new metric does not retrain a model.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from recommender.stage import parse, run

from recommender.columns import POLICIES
from recommender.engine.opening import open_engine
from recommender.evaluation import breakdown, corrected, intervals, lists, paired, per_user, plot_rows, reference
from recommender.evaluation.in_parts import build_in_parts
from recommender.evaluation.metrics import ACCURACY, headline_k
from recommender.evaluation.settings import EvaluateParams
from recommender.files import read_table, write_json, write_table
from recommender.measured import pick
from recommender.params import load
from recommender.parts import list_together
from recommender.seeds import generator

PAIRS = (("random", "svd"), ("popularity", "svd"), *(("two_stage", other) for other in POLICIES[:-1]))
SPLIT = ("data/split/train.parquet", "data/split/valid.parquet", "data/split/test.parquet")
ITEMS = "data/prepared/items.parquet"
RECOMMENDATIONS = tuple(f"data/recommendations/{policy}.parquet" for policy in POLICIES)
INPUTS = (ITEMS, *SPLIT, *RECOMMENDATIONS)
PARAMS = ("evaluate", "recommend.k", "base", "engine")


def work() -> None:
    params = load(EvaluateParams)
    seed, ks, resamples = params.base.seed, params.evaluate.ks, params.evaluate.resamples
    files = list_together([Path(path) for path in SPLIT])
    with open_engine(params) as engine:
        truth, pauses = build_in_parts(files, read_table(Path(ITEMS)), engine)
        shown = {
            policy: lists.pad(read_table(Path(path)), truth, max(ks), f"recommendations of {policy}")
            for policy, path in zip(POLICIES, RECOMMENDATIONS, strict=True)
        }
        tables = {policy: per_user.measure(shown[policy], truth, ks, engine) for policy in POLICIES}
    means = {policy: per_user.aggregate(tables[policy], shown[policy], truth, ks) for policy in POLICIES}
    users, n_items = generator(seed, "bootstrap"), len(truth.catalogue)
    ranges = intervals.estimate(tables, shown, n_items, ks, random=users, resamples=resamples)
    gaps = paired.differences(tables, PAIRS, generator(seed, "bootstrap"), resamples)
    edges, own = params.evaluate.history_edges, generator(seed, "breakdown")
    parts = breakdown.break_down(shown, truth, ks, edges, pauses, random=own, resamples=resamples)
    write_table(per_user.stack(tables, truth.users), Path("data/evaluation/per_user.parquet"))
    headline = [f"*.{name}@{headline_k(ks)}" for name in (*ACCURACY, "coverage")]
    write_json(Path("metrics/evaluate.json"), pick(means, headline))
    write_json(Path("metrics/evaluate_differences.json"), gaps)
    certain = reference.certain_hits(truth, ks) if params.base.again_after_days is None else {}
    for name in (name for name, users in certain.items() if users):
        text = "%s: %d of %d test users have no more items left than that, so every policy hits"
        logging.getLogger(__name__).warning(text, name, certain[name], len(truth.users))
    write_json(Path("metrics/evaluate_breakdown.json"), parts | {"certain_hits": certain})
    for name, groups in parts.items():
        write_json(Path(f"metrics/plots/{name}.json"), {name: plot_rows.group_rows(groups)})
    write_json(Path("metrics/plots/corrected.json"), {"corrected": corrected.measure(shown, truth, headline_k(ks))})
    write_json(Path("metrics/plots/policies.json"), {"policies": plot_rows.rows(means, ranges)})
    write_json(Path("metrics/plots/differences.json"), {"differences": plot_rows.difference_rows(gaps)})


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
