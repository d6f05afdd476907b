"""What the source `neural` brings to two_stage, and what it costs: the pipeline in memory without it and with it.

Needs torch (`make neural`). Run: python -m benchmarks.neural movielens-100k --folder FOLDER. Each run is
kept in the folder and not made again. Writes benchmarks/results/neural_NAME.json; those of the other tie rule stay.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import report, ties
from benchmarks.overrides import Overrides, overridden
from benchmarks.params import Params, read_params
from benchmarks.pipeline import MOVIELENS
from benchmarks.workspace import prepare
from recommender.columns import POLICIES
from recommender.evaluation import paired
from recommender.evaluation.intervals import bootstrap
from recommender.files import read_json, read_table
from recommender.log.splitting import last_interaction, order_events
from recommender.log.views import open_requests
from recommender.parts import read_events
from recommender.policies import recommend_all
from recommender.ranking.judging import gains
from recommender.seeds import generator

OURS, SOURCE = POLICIES[-1], "neural"
SIZES = (0, 60)
BLENDS = (0.0, 0.1, 0.2, 0.4, 0.8)
"""Weights of the log probability that are added to the score of the trees, on validation."""
SETTINGS: Mapping[str, Overrides] = {
    "movielens-100k": {"neural.units": 64, "neural.epochs": 20, "neural.dropout": 0.2},
    "movielens-1m": {},
}


def run(project: Path, params: Params) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """Fit everything, and ask for validation and test.

    Args:
        project: has data/prepared.
        params: with or without the source.

    Returns:
        What it cost and found, and values per validation request (`trees`, `alone` and the blends) and per test user.
    """
    start, items = time.process_time(), read_table(project / ties.ITEMS)
    parts = last_interaction(order_events(read_events(project / ties.EVENTS), params.split.ties, params.split.tie_seed))
    fitted = ties.fit_parts(parts, items, params)
    policy = ties.policies_of(fitted, params)[OURS]
    requests = open_requests(fitted.histories, parts.requests, params.sequence.request_time)
    lists = recommend_all(policy, fitted.histories, requests, max(params.evaluate.ks))
    cost = {"cpu_s": time.process_time() - start}
    test = ties.measure(parts, items, {OURS: lists}, params.evaluate.ks)[OURS]
    trees, name = fitted.trained.stopped.predict(fitted.check.features), f"{SOURCE}_score"
    values = {"trees": gains(fitted.check, trees)}
    if name in fitted.names:
        alone = fitted.check.features[:, fitted.names.index(name)].astype(np.float64)
        values |= {"alone": gains(fitted.check, alone)}
        values |= {f"trees + {weight}": gains(fitted.check, trees + weight * alone) for weight in BLENDS[1:]}
    found = {metric: test[metric].to_numpy() for metric in ties.SHOWN} | values
    about = {"recall": float((fitted.check.with_positive().group_sizes > 0).sum() / len(values["trees"]))}
    return cost | about, {key: part.tolist() for key, part in found.items()}


def kept(project: Path, params: Params, folder: Path) -> dict[str, Any]:
    """Return the result of a run, made before or now."""
    path = folder / f"{params.split.ties}_{params.candidates.neural}.json"
    if not path.exists():
        about, values = run(project, params)
        path.write_text(json.dumps(about | {"values": values}), encoding="utf-8")
    return read_json(path)


def compare(runs: Sequence[Mapping[str, Any]], params: Params) -> dict[str, Any]:
    """Return means with intervals, and the differences on the same requests and users; the first run has no source."""
    found: dict[str, Any] = {
        "cpu_s": [one["cpu_s"] for one in runs],
        "candidate_recall": [one["recall"] for one in runs],
    }
    for part, names in {"validation": ("trees",), "test": ties.SHOWN}.items():
        tables = {
            name: pd.DataFrame({key: one["values"][key] for key in names})
            for name, one in zip(("without", "with"), runs, strict=True)
        }
        ranges = bootstrap(tables, generator(params.base.seed, "bootstrap"), params.evaluate.resamples)
        gaps = paired.differences(
            tables, [("with", "without")], generator(params.base.seed, "bootstrap"), params.evaluate.resamples
        )
        means = {
            name: {key: ranges[name][key] | {"value": float(table[key].mean())} for key in names}
            for name, table in tables.items()
        }
        found[part] = means | gaps
    others = {key: float(np.mean(part)) for key, part in runs[1]["values"].items() if key not in ties.SHOWN}
    return found | {"validation_ndcg@10": others}


def main(argv: Sequence[str] | None = None) -> int:
    """Run, compare, print a table and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=MOVIELENS)
    parser.add_argument("--ties", choices=("hashed", "file_order"), default="hashed", help="default: %(default)s")
    parser.add_argument("--folder", type=Path, required=True, help="for a copy of the project, and what each run found")
    parser.add_argument("--size", type=int, choices=SIZES, help="run only without (0) or with (60) it, compare nothing")
    chosen = parser.parse_args(argv)
    project = chosen.folder / "project"
    if not project.exists():
        prepare(chosen.folder, {"dataset": {"name": chosen.name}}).run("download", "prepare")
    overrides = {**SETTINGS[chosen.name], "dataset.name": chosen.name, "split.ties": chosen.ties}
    sizes = SIZES if chosen.size is None else (chosen.size,)
    several = [overridden(read_params(), {**overrides, "candidates.neural": size}) for size in sizes]
    runs = [kept(project, params, chosen.folder) for params in several]
    if chosen.size is not None:
        return 0
    found = compare(runs, several[0])
    path = report.RESULTS / f"neural_{chosen.name}.json"
    before = {key: part for key, part in read_json(path).items() if key != "machine"} if path.exists() else {}
    report.save(f"neural_{chosen.name}", before | {chosen.ties: found | {"settings": several[1].neural.model_dump()}})
    sys.stdout.write(report.table([*rows(found)]) + "\n")
    return 0


def rows(found: Mapping[str, Any]) -> Iterator[dict[str, str | float]]:
    """Yield the lines of the printed table."""
    for part, metrics in (("validation", ("trees",)), ("test", ties.SHOWN)):
        for metric in metrics:
            means = {name: f"{found[part][name][metric]['value']:.4f}" for name in ("without", "with")}
            gap = "{difference:+.4f} [{low:+.4f}, {high:+.4f}]".format(**found[part]["with_minus_without"][metric])
            yield {"part": part, "metric": metric, **means, "difference": gap}


if __name__ == "__main__":
    raise SystemExit(main())
