"""Compare with publications on their split: MovieLens 1M cut at one moment, as in Time-to-Split (Gusak et al., 2025).

Users and items with fewer than five events are left out, again and again until all have five. Models are fitted on what
came up to the 0.9 quantile of the times, and know later events only as part of a history. Three tasks: *all* (the lists
of users with events before the moment, against all their later events), *last* (the last event of each user, after all
before it) and *every* (each later event, after all before it; the mean is over events). Items that a user has are left
out, and items that the models do not know count as misses. A user without events before the moment starts with the
first later one. Run: python -m benchmarks.time_split. Writes benchmarks/results/time_split.json.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks import report
from benchmarks.params import K
from benchmarks.past import publish
from benchmarks.past_requests import folded
from benchmarks.pipeline import Log, dataset
from benchmarks.ties import EVENTS, ITEMS
from benchmarks.workspace import ROOT, Workspace, merged, prepare
from recommender.bundle.fold_in import Query
from recommender.bundle.live import Bundle
from recommender.columns import ITEM, TIME, USER
from recommender.estimate import Estimate
from recommender.log.histories import codes_of
from recommender.log.splitting import order_events
from recommender.log.views import Requests, View
from recommender.ndcg import ndcg
from recommender.params import PARAMS_FILE
from recommender.parts import read_events
from recommender.retrieval.chunks import chunks
from recommender.terminal import Parser
from recommender.threads import one_blas_thread

Values = NDArray[np.float64]
NAME = "movielens-1m"
CORE, QUANTILE = 5, 0.9
POLICIES = ("two_stage", "svd", "popularity")
METHODS = {"all": "global_time", "next": "last_interaction"}
"""How the models of a task are split and trained: all later events, or the next one."""


def core(events: pd.DataFrame, least: int) -> pd.DataFrame:
    """Leave out users and items with fewer than `least` events until all that are left have as many."""
    while True:
        sizes = [events.groupby(column)[TIME].transform("size") for column in (USER, ITEM)]
        kept = events[(sizes[0] >= least) & (sizes[1] >= least)]
        if len(kept) == len(events):
            return kept
        events = kept


def known_events(events: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """Return the events up to a moment of the users who have two or more of them."""
    before = events[events[TIME] <= moment]
    return before[before.groupby(USER)[TIME].transform("size") >= 2]


def later_requests(events: pd.DataFrame, known: pd.DataFrame, bundle: Bundle, moment: pd.Timestamp) -> pd.DataFrame:
    """Return the later events that follow another event of their user.

    Args:
        events: the whole log, in order; `known` of them were published.
        known: what the models were fitted on.
        bundle: these models.
        moment: later events come after it.

    Returns:
        `user` (its place among the sorted ids of users with later events), `item` (code, -1 if not known), `position`
        (how many events with known items came before), TIME, and whether the user has events up to the moment (`warm`).
    """
    own = events[events[USER].isin(events.loc[events[TIME] > moment, USER])].reset_index(drop=True)
    item = codes_of(own[ITEM].to_numpy(), bundle.histories.items)
    user = np.unique(own[USER].to_numpy(), return_inverse=True)[1]
    seen = (item >= 0).astype(np.int64)
    position = pd.Series(seen).groupby(user).cumsum().to_numpy() - seen
    warm = np.isin(user, user[(own[TIME] <= moment).to_numpy()])
    found = pd.DataFrame({"user": user, "item": item, "position": position, TIME: own[TIME], "warm": warm})
    return found[(own[TIME] > moment) & (own.groupby(USER).cumcount() > 0)].reset_index(drop=True)


def view_of(events: pd.DataFrame, known: pd.DataFrame, bundle: Bundle, moment: pd.Timestamp) -> View:
    """Return the whole histories of the users with later events, sorted by id."""
    own = events[events[USER].isin(events.loc[events[TIME] > moment, USER])]
    fresh = own[~own.index.isin(known.index)]
    last = int(events[TIME].max().timestamp() * 1_000_000)
    passed = {user: folded(rows) for user, rows in fresh.groupby(USER)}
    users = np.unique(fresh[USER].to_numpy()).tolist()
    return bundle.view("two_stage", [Query(user, passed[user], last) for user in users])


def gains(bundle: Bundle, policy: str, view: View, asked: pd.DataFrame) -> Values:
    """Return `1 / log2(rank + 1)` of the event after each request if it is among the best K, else 0."""
    found = np.zeros(len(asked))
    moments = asked[TIME].dt.as_unit("us").astype("int64").to_numpy()
    requests = Requests(asked["user"].to_numpy(), asked["position"].to_numpy(), moments)
    target, some = asked["item"].to_numpy(), np.flatnonzero(asked["position"] > 0)
    parts = chunks(requests[some], bundle.histories.n_items)
    for part in tqdm([some[rows] for rows in parts], disable=None, desc=policy, unit="chunk"):
        with one_blas_thread():
            answer = bundle.answer(policy, View(view.histories, requests[part]), K)
        right = answer.top.item == target[part[answer.top.request]]
        found[part[answer.top.request[right]]] = 1 / np.log2(answer.rank[right] + 1.0)
    return found


def of_all(bundle: Bundle, policy: str, view: View, asked: pd.DataFrame, moment: pd.Timestamp) -> Values:
    """Return the NDCG@K of one list per user, made at the moment, against all later events of the user."""
    user, first = np.unique(asked["user"].to_numpy(), return_index=True)
    position, now = asked["position"].to_numpy()[first], int(moment.timestamp() * 1_000_000)
    with one_blas_thread():
        answer = bundle.answer(policy, View(view.histories, Requests(user, position, np.full(len(user), now))), K)
    hits, n_items = np.zeros((len(user), K), dtype=bool), bundle.histories.n_items
    later = asked["user"].to_numpy() * n_items + asked["item"].to_numpy()
    chosen = np.isin(user[answer.top.request] * n_items + answer.top.item, later[asked["item"].to_numpy() >= 0])
    hits[answer.top.request[chosen], answer.rank[chosen] - 1] = True
    return ndcg(hits, np.bincount(np.searchsorted(user, asked["user"].to_numpy())), K)


def over_users(values: Values, user: NDArray[np.int64]) -> dict[str, float]:
    """Return a mean over requests with its 95 % interval, where a user brings all requests or none."""
    value = float(values.mean())
    error = float((np.bincount(user, values - value) ** 2).sum()) ** 0.5 / len(values)
    low, high = Estimate(value, error).interval()
    return {"value": value, "low": float(low), "high": float(high)}


def measure(events: pd.DataFrame, workspaces: dict[str, Workspace]) -> dict[str, Any]:
    """Publish the models of both kinds of tasks, and measure the three tasks."""
    events = core(events, CORE)
    moment = pd.Timestamp(
        float(events[TIME].astype("int64").quantile(QUANTILE)), unit=str(events[TIME].dt.unit), tz="UTC"
    )
    known = known_events(events, moment)
    tasks: dict[str, dict[str, dict[str, float]]] = {"all": {}, "last": {}, "every": {}}
    counts: dict[str, int] = {"events": len(events), "known": len(known)}
    for kind, workspace in workspaces.items():
        bundle = publish(workspace, known)
        asked, view = later_requests(events, known, bundle, moment), view_of(events, known, bundle, moment)
        warm, user = asked[asked["warm"]], asked["user"].to_numpy()
        last = ~asked["user"].duplicated(keep="last").to_numpy()
        counts |= {"requests": len(asked), "users": int(last.sum()), "warm_users": warm["user"].nunique()}
        for policy in POLICIES:
            if kind == "all":
                each = of_all(bundle, policy, view, warm, moment)
                tasks["all"][policy] = over_users(each, np.arange(len(each)))
            else:
                each = gains(bundle, policy, view, asked)
                tasks["last"][policy] = over_users(each[last], user[last])
                tasks["every"][policy] = over_users(each, user)
    return counts | {"tasks": tasks}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table and write the results."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", type=Path, help="a local copy of MovieLens 1M, instead of a download")
    log = Log(NAME, parser.parse_args(argv).path, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        made = {kind: prepare(Path(folder) / kind, {"dataset": dataset(log, Path(folder))}) for kind in METHODS}
        first = made["all"]
        first.run("download", "prepare")
        events = order_events(read_events(first.project / EVENTS), "file_order", 0).reset_index(drop=True)
        for kind, workspace in made.items():
            if workspace is not first:
                (workspace.project / ITEMS).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(first.project / ITEMS, workspace.project / ITEMS)
            own = {"split": {"method": METHODS[kind], "ties": "file_order"}}
            path = workspace.project / PARAMS_FILE
            path.write_text(yaml.safe_dump(merged(yaml.safe_load(path.read_text("utf-8")), own)), "utf-8")
        found = measure(events, made)
    rows = [
        {"policy": policy} | {task: "{value:.3f} [{low:.3f}, {high:.3f}]".format(**one[policy]) for task, one in tasks}
        for tasks in [list(found["tasks"].items())]
        for policy in POLICIES
    ]
    sys.stdout.write(f"{report.table(rows)}\n{report.save('time_split', found).relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
