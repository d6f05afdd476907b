"""Accuracy side by side: this project's policies and peers, on one split, measured by this project's evaluation.

Run `make peers` once, then from the project's folder: python -m benchmarks.accuracy movielens-100k. The pipeline runs
in a copy of the project. Lists of peers are kept under benchmarks/cache, by split, system and settings, and not made
again; so a second run measures a change of our own against the same peers. Writes
benchmarks/results/accuracy_NAME.{json,svg}, with the ties in the name where they are not the usual ones.
"""

import argparse
import hashlib
import json
import math
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import accuracy_report, report
from benchmarks.params import read_params
from benchmarks.peers.settings import Grid, grids
from benchmarks.workspace import Workspace, prepare
from recommender.columns import ITEM, POLICIES, USER
from recommender.evaluation import intervals, lists, paired, per_user, reference
from recommender.files import read_json, read_table
from recommender.parts import read_events
from recommender.seeds import generator
from recommender.terminal import Parser

ROOT = Path(__file__).parents[1]
CACHE, PYTHON = ROOT / "benchmarks/cache", ROOT / ".venv-peers/bin/python"
PEERS = ("als", "bpr", "item_knn", "lightfm", "ease", "ease_recent", "transitions", "sasrec", "hstu")
OURS, LAST = "two_stage", "evaluate"
FITTING = {"svd": ("train_svd",), OURS: ("train_svd", "train_sequence", "build_ranking", "train_ranker")}
SHOWN, K = ("hit@10", "ndcg@10"), 10
TRANSFORMER = "sasrec"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def run_ours(folder: Path, dataset: str, path: Path | None, ties: str) -> Workspace:
    """Run the pipeline in a copy of the project; a folder in which it has run is taken as it is."""
    made = Workspace(folder / "project", folder / "tools", folder / "costs.jsonl")
    if not (made.project / "data/evaluation/per_user.parquet").exists():
        source = {"name": dataset, "path": None if path is None else str(path.resolve())}
        made = prepare(folder, {"dataset": source, "split": {"ties": ties}})
        made.repro(LAST)
    return made


def own_costs(stages: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what each policy cost, from the costs of the stages.

    Args:
        stages: `name`, `wall_s`, `cpu_s`, `peak_bytes` of each run, see `timed.run`.

    Returns:
        By policy `fit` and `recommend` with `wall_s` and `cpu_s` (the stages that it needs, each with the start of
        Python), and `peak_bytes`, the largest of them.
    """
    by_name = {str(stage["name"]): stage for stage in stages}
    found = {}
    for policy in POLICIES:
        fitting = [by_name[name] for name in FITTING.get(policy, ())]
        asking = by_name[f"recommend {policy}"]
        found[policy] = {
            "fit": {key: sum(float(stage[key]) for stage in fitting) for key in ("wall_s", "cpu_s")},
            "recommend": {key: float(asking[key]) for key in ("wall_s", "cpu_s")},
            "peak_bytes": max(int(stage["peak_bytes"]) for stage in [*fitting, asking]),
        }
    return found


def split_key(split: Path) -> str:
    """Return a short hash of what a peer is given: the same key, the same lists."""
    whole = hashlib.sha256()
    for name in ("train", "valid", "requests"):
        frame = read_events(split / f"{name}.parquet")
        whole.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return whole.hexdigest()[:12]


def settings_key(grid: Grid) -> str:
    """Return a short hash of the settings that a peer chooses from."""
    return hashlib.sha256(json.dumps(grid, sort_keys=True).encode()).hexdigest()[:8]


def run_peer(system: str, split: Path, out: Path, options: Sequence[str], python: Path = PYTHON) -> dict[str, Any]:
    """Fit a peer in a process of its own, on one thread, unless its lists are there already.

    Args:
        system: the peer.
        split: the folder with train, valid and requests.
        out: where its lists are kept, without suffix.
        options: for the peer, such as `--minutes`.
        python: of the peers' environment.

    Returns:
        What the peer says of itself: `cost`, `settings`, `notes`.

    Raises:
        CalledProcessError: the peer failed; its message is on stderr.
    """
    if not out.with_suffix(".json").exists():
        command = [str(python), "-m", "benchmarks.peers", system, str(split.resolve()), str(out.resolve()), *options]
        variables = os.environ | dict.fromkeys(_THREADS, "1") | {"PYTHONPATH": str(ROOT)}
        subprocess.run(command, cwd=ROOT, env=variables, check=True)
    return read_json(out.with_suffix(".json"))


def measure(project: Path, shown: Mapping[str, pd.DataFrame], seed: int, resamples: int) -> dict[str, Any]:
    """Measure all lists against the held-out events, and `two_stage` against each other system.

    Args:
        project: has data/split and data/prepared.
        shown: `user_id, rank, item_id, score` by system, `two_stage` among them.
        seed: of the bootstrap.
        resamples: of the users.

    Returns:
        `users`, `items`, by system `metrics` (value, low, high), by other system `two_stage_against`.
    """
    train, valid, test = (
        read_events(project / f"data/split/{name}.parquet", (USER, ITEM)) for name in ("train", "valid", "test")
    )
    truth = reference.build(test, pd.concat([train, valid]), read_table(project / "data/prepared/items.parquet"))
    padded = {name: lists.pad(frame, truth, K, f"lists of {name}") for name, frame in shown.items()}
    tables = {name: per_user.measure(table, truth, [K])[list(SHOWN)] for name, table in padded.items()}
    ranges = intervals.bootstrap(tables, generator(seed, "bootstrap"), resamples)
    pairs = [(OURS, other) for other in tables if other != OURS]
    gaps = paired.differences(tables, pairs, generator(seed, "bootstrap"), resamples)
    metrics = {
        name: {metric: {"value": float(table[metric].mean()), **ranges[name][metric]} for metric in SHOWN}
        for name, table in tables.items()
    }
    against = {other: {name: _defined(gaps[f"{OURS}_minus_{other}"][name]) for name in SHOWN} for _, other in pairs}
    return {
        "users": len(truth.users),
        "items": len(truth.catalogue),
        "metrics": metrics,
        "two_stage_against": against,
    }


def _defined(values: Mapping[str, float]) -> dict[str, float]:
    """Leave out what is NaN: the ratio to a system without a hit."""
    return {key: value for key, value in values.items() if not math.isnan(value)}


def costs(stages: Sequence[Mapping[str, Any]], peers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what everything cost: by system, the whole pipeline, and its CPU seconds over those of SASRec's fit."""
    whole = {key: sum(float(stage[key]) for stage in stages) for key in ("wall_s", "cpu_s")}
    found = {
        "costs": own_costs(stages) | {name: peer["cost"] for name, peer in peers.items()},
        "pipeline": whole,
        "settings": {name: peer["settings"] for name, peer in peers.items()},
        "notes": {name: peer["notes"] for name, peer in peers.items()},
    }
    if TRANSFORMER in peers and not peers[TRANSFORMER]["notes"].get("cut"):
        found["pipeline_over_sasrec_cpu"] = whole["cpu_s"] / peers[TRANSFORMER]["cost"]["fit"]["cpu_s"]
    return found


def compared(made: Workspace, chosen: argparse.Namespace) -> dict[str, Any]:
    """Run the peers that are not kept yet, and measure all."""
    split = made.project / "data/split"
    folder = CACHE / f"{chosen.dataset}_{split_key(split)}"
    options = ["--dataset", chosen.dataset, "--minutes", str(chosen.minutes)]
    choices = grids(chosen.dataset, chosen.minutes)
    kept = {name: folder / f"{name}_{settings_key(choices[name])}" for name in chosen.peers}
    peers = {name: run_peer(name, split, kept[name], options) for name in chosen.peers}
    shown = {name: read_table(made.project / f"data/recommendations/{name}.parquet") for name in POLICIES}
    shown |= {name: read_table(kept[name].with_suffix(".parquet")) for name in peers}
    params = read_params(made.project)
    about = {"dataset": chosen.dataset, "ties": params.split.ties, "request_time": params.sequence.request_time}
    measured = measure(made.project, shown, params.base.seed, params.evaluate.resamples)
    return about | measured | costs(made.stages(), peers)


def main(argv: Sequence[str] | None = None) -> int:
    """Run, measure, print a table, write results and picture."""
    parser = Parser(
        prog="python -m benchmarks.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dataset", choices=accuracy_report.DEFAULT_TIES)
    parser.add_argument("--path", type=Path, help="a local copy of the log, instead of a download")
    parser.add_argument("--ties", choices=("hashed", "file_order"), help="default: hashed for 100K, file_order for 1M")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="default: all")
    parser.add_argument("--minutes", type=float, default=45, help="for one training of a transformer; %(default)s")
    parser.add_argument("--folder", type=Path, help="keep the copy of the project here; one that has run is reused")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        ties = chosen.ties or accuracy_report.DEFAULT_TIES[chosen.dataset]
        made = run_ours(folder, chosen.dataset, chosen.path, ties)
        params = read_params(made.project)
        if (params.dataset.name, params.split.ties) != (chosen.dataset, ties):
            parser.error(f"--folder: holds {params.dataset.name}, {params.split.ties}; wanted {chosen.dataset}, {ties}")
        found = compared(made, chosen)
    path = report.save(accuracy_report.result_name(found["dataset"], found["ties"]), found)
    path.with_suffix(".svg").write_text(accuracy_report.picture(json.loads(path.read_text("utf-8"))), encoding="utf-8")
    print(accuracy_report.markdown(found))
    print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
