"""How good the answers are when models know only the past: every user is asked by models of earlier events alone.

Run: python -m benchmarks.past movielens-100k. The last event of each user is held out, as in the main run, which the
command makes in a copy of the project. Users are sorted by the moment of that event and cut into groups of equal size.
The first group is not asked: before it, there is hardly a log to fit models to. For each other group, a *bucket*, all
stages to `publish` run on the events before its first moment. Then its users are asked as the service is asked: their
own later events are passed with the request. Writes benchmarks/results/past_NAME.json.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from benchmarks import report
from benchmarks.accuracy import run_ours
from benchmarks.params import Params, read_params
from benchmarks.past_requests import Bucket, before, buckets_of, later_share, queries_of
from benchmarks.pipeline import MOVIELENS
from benchmarks.splits import Tables
from benchmarks.ties import EVENTS, ITEMS, SHOWN, measure
from benchmarks.workspace import Workspace, prepare
from recommender.bundle.fold_in import Query
from recommender.bundle.live import FOLDER, Bundle
from recommender.columns import ITEM, POLICIES, POLICY, RANK, SCORE, TIME, USER
from recommender.evaluation import paired
from recommender.evaluation.intervals import bootstrap
from recommender.files import read_table, write_table
from recommender.log.splitting import Parts, last_interaction, order_events
from recommender.outputs import as_a_set
from recommender.params import PARAMS_FILE
from recommender.parts import read_events, write_events
from recommender.seeds import generator
from recommender.threads import one_blas_thread

PER_USER = Path("data/evaluation/per_user.parquet")
ALL, PAST = "all_known", "past_only"
OURS, BASELINE = "two_stage", "svd"
BATCH = 100


def publish(workspace: Workspace, known: pd.DataFrame) -> Bundle:
    """Run the stages to `publish` on some events, as `prepare` would have left them."""
    with as_a_set():
        write_events(known.reset_index(drop=True), workspace.project / EVENTS)
    workspace.run("split", "publish")
    return Bundle(workspace.project / FOLDER)


def ask(bundle: Bundle, name: str, queries: Sequence[Query], k: int) -> pd.DataFrame:
    """Return the lists of one policy: `user_id, rank, item_id, score`.

    As in the service, users without an event that the models know get the most popular items.
    """
    known = bundle.view(name, queries).requests.position > 0
    parts = []
    for who, group in ((name, known), ("popularity", ~known)):
        chosen = [query for query, one in zip(queries, group, strict=True) if one]
        parts += [_answer(bundle, who, chosen[at : at + BATCH], k) for at in range(0, len(chosen), BATCH)]
    return pd.concat(parts, ignore_index=True)


def _answer(bundle: Bundle, name: str, queries: Sequence[Query], k: int) -> pd.DataFrame:
    view = bundle.view(name, queries)
    with one_blas_thread():
        answer = bundle.answer(name, view, k)
    users, items = view.histories.users[answer.top.request], bundle.histories.items[answer.top.item]
    return pd.DataFrame({USER: users, RANK: answer.rank, ITEM: items, SCORE: answer.top.score})


def answer_all(
    workspace: Workspace, events: pd.DataFrame, buckets: Sequence[Bucket], k: int
) -> tuple[dict[str, pd.DataFrame], list[dict[str, Any]]]:
    """Fit models for each bucket and ask its users.

    Args:
        workspace: a copy of the project with the table of items.
        events: the whole log, ordered by `order_events`.
        buckets: whom to ask, and by what models.
        k: items per list.

    Returns:
        The lists of each policy, and for each bucket its start, the events that the models know, the users, and how
        many of their held-out and of their passed items the models do not know.
    """
    shown: dict[str, list[pd.DataFrame]] = {name: [] for name in POLICIES}
    found = []
    for bucket in tqdm(buckets, disable=None, unit="bucket"):
        known = before(events, bucket.start)
        bundle, queries = publish(workspace, known), queries_of(events, bucket)
        for name, lists in shown.items():
            lists.append(ask(bundle, name, queries, k))
        passed = [event.item for query in queries for event in query.events]
        unknown = [sum(item not in bundle.item_codes for item in items) for items in (bucket.test[ITEM], passed)]
        counts = {"unknown_held_out": unknown[0], "unknown_passed": unknown[1], "passed": len(passed)}
        start = {"start": bucket.start.isoformat(), "events": len(known), "users": len(queries)}
        found.append(start | counts)
    return {name: pd.concat(lists, ignore_index=True) for name, lists in shown.items()}, found


def summarise(sides: Mapping[str, Tables], seed: int, resamples: int) -> dict[str, Any]:
    """Return means, intervals and differences on the same users.

    Args:
        sides: of each protocol the values per user of each policy: the same users in the same rows.
        seed: of the bootstrap.
        resamples: of the users.

    Returns:
        `policies` (by policy and protocol), `two_stage_minus_svd` (by protocol) and `past_minus_all` (by policy).
    """
    apart = {f"{policy} {side}": table for side, tables in sides.items() for policy, table in tables.items()}
    ranges = bootstrap(apart, generator(seed, "bootstrap"), resamples)
    means = {
        name: {metric: ranges[name][metric] | {"value": float(table[metric].mean())} for metric in SHOWN}
        for name, table in apart.items()
    }
    gaps = [(f"{OURS} {side}", f"{BASELINE} {side}") for side in sides]
    changes = [(f"{policy} {PAST}", f"{policy} {ALL}") for policy in sides[PAST]]
    differences = [*paired.differences(apart, gaps + changes, generator(seed, "bootstrap"), resamples).values()]

    return {
        "policies": {policy: {side: means[f"{policy} {side}"] for side in sides} for policy in sides[PAST]},
        f"{OURS}_minus_{BASELINE}": dict(zip(sides, differences, strict=False)),
        "past_minus_all": dict(zip(sides[PAST], differences[len(gaps) :], strict=True)),
    }


def main_run(project: Path, users: "pd.Index[Any]") -> Tables:
    """Return what some users had of each policy's lists in a run of the pipeline."""
    table = read_table(project / PER_USER).set_index(USER)
    return {name: table.loc[table[POLICY] == name, list(SHOWN)].loc[users] for name in POLICIES}


def run(folder: Path, main: Path, params: Params, number: int) -> dict[str, Any]:
    """Compare both protocols.

    Args:
        folder: where the models of the buckets are made.
        main: where the pipeline ran on the whole log.
        params: of that run.
        number: of buckets.
    """
    items = read_table(main / ITEMS)
    events = order_events(read_events(main / EVENTS), params.split.ties, params.split.tie_seed)
    whole = last_interaction(events)
    buckets = buckets_of(whole.test, number)
    workspace = prepare(folder, {})
    shutil.copyfile(main / PARAMS_FILE, workspace.project / PARAMS_FILE)
    write_table(items, workspace.project / ITEMS)
    shown, found = answer_all(workspace, events, buckets, max(params.evaluate.ks))
    asked = pd.concat([bucket.test for bucket in buckets])
    parts = Parts(whole.train, whole.valid, asked, asked[[USER, TIME]], {})
    past = measure(parts, items, shown, params.evaluate.ks)
    sides = {ALL: main_run(main, past[OURS].index), PAST: past}
    counts = {
        "users": len(asked),
        "left_out": len(whole.test) - len(asked),
        "later": later_share(pd.concat([whole.train, whole.valid]), asked),
        "buckets": found,
    }
    return counts | summarise(sides, params.base.seed, params.evaluate.resamples)


def rows(found: Mapping[str, Any]) -> Iterator[dict[str, str | float]]:
    """Yield the lines of the printed table."""
    for policy, sides in found["policies"].items():
        values = {
            f"{side} {metric}": "{value:.3f} [{low:.3f}, {high:.3f}]".format(**sides[side][metric])
            for side in (ALL, PAST)
            for metric in SHOWN
        }
        yield {"policy": policy} | values


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=MOVIELENS)
    parser.add_argument("--buckets", type=int, default=7, help="default: %(default)s")
    parser.add_argument("--path", type=Path, help="a local copy of the log, instead of a download")
    parser.add_argument("--folder", type=Path, help="of `benchmarks.accuracy`, whose run is taken as the main run")
    chosen = parser.parse_args(argv)
    if chosen.buckets < 1:
        parser.error(f"--buckets: found {chosen.buckets}, expected 1 or more")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        project = run_ours(chosen.folder or folder / "main", chosen.name, chosen.path, "hashed").project
        params = read_params(project)
        found = run(folder / "past", project, params, chosen.buckets)
    split = {"dataset": params.dataset.name, "ties": params.split.ties, "tie_seed": params.split.tie_seed}
    path = report.save(f"past_{chosen.name}", found | split)
    sys.stdout.write(f"{found['users']} users, {found['left_out']} left out\n{report.table([*rows(found)])}\n")
    sys.stdout.write(f"{path.relative_to(Path(__file__).parents[1])}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
