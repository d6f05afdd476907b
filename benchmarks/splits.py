"""Whether the lead holds where the log is split elsewhere: each user's last events cut off, and at several moments.

Run after a run of the pipeline: python -m benchmarks.splits. Nothing is chosen here: the parameters are those of
params.yaml. Few users are asked at one moment, so global time is measured at several: the log is also ended earlier and
its last part held out again (a rolling evaluation). Writes benchmarks/results/splits_DATASET.json.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from benchmarks import report
from benchmarks.params import Params, read_params
from benchmarks.ties import EVENTS, ITEMS, measure, recommend
from recommender.columns import POLICIES, TIME, USER
from recommender.evaluation import paired
from recommender.files import read_table, write_json
from recommender.log.splitting import Parts, global_time, last_interaction, order_events
from recommender.parts import read_events
from recommender.seeds import generator
from recommender.terminal import Parser

METRIC = "ndcg@10"
OURS, BASELINE = "two_stage", "svd"
CUTS, MOMENTS, ALIKE = "logs cut", "global time", "global time, each user once"

Tables = dict[str, pd.DataFrame]


def cut(events: pd.DataFrame, last: int) -> pd.DataFrame:
    """Leave out the last events of each user.

    Args:
        events: ordered by `order_events`: by user, then in time.
        last: how many of each user.
    """
    return events[events.groupby(USER).cumcount(ascending=False) >= last]


def until(events: pd.DataFrame, share: float) -> pd.DataFrame:
    """End the log earlier: leave out what came after a share of the events in time order, 1 for nothing."""
    return events if share == 1 else events[events[TIME] < events[TIME].quantile(share, interpolation="lower")]


def variants(
    events: pd.DataFrame, params: Params, cuts: Sequence[int], ends: Sequence[float]
) -> Iterator[tuple[str, str, Parts, Params]]:
    """Yield each split with its kind, its name and its parameters.

    Args:
        events: the whole log.
        params: `split` says how ties are ordered, and which parts of a log are held out under global time.
        cuts: events of each user to leave out.
        ends: shares of the events after which to end the log before its last part is held out.
    """
    ordered = order_events(events, params.split.ties, params.split.tie_seed)
    for last in cuts:
        now = with_method(params, "last_interaction")
        yield CUTS, f"last {last} events cut off", last_interaction(cut(ordered, last)), now
    for share in ends:
        now = with_method(params, "global_time")
        parts = global_time(until(ordered, share), now.split.valid_from, now.split.test_from)
        yield MOMENTS, f"global time, first {share:.0%} of the log", parts, now


def with_method(params: Params, method: str) -> Params:
    """Return the parameters with another method of the split."""
    return params.model_copy(update={"split": params.split.model_copy(update={"method": method})})


def pool(runs: Sequence[Tables], users_alike: bool = False) -> Tables:
    """Put several splits together, a row per user: an interval draws all of a user's requests or none.

    Args:
        runs: for each split the values per user, indexed by user.
        users_alike: whether each user counts once, with the mean over the splits in which he was asked; else each
            request counts once: the sum over them, scaled so that the mean over users is the mean over requests.

    Returns:
        The values per user of all splits.
    """
    whole = {name: pd.concat([run[name] for run in runs]) for name in runs[0]}
    by_user = {name: table.groupby(level=0) for name, table in whole.items()}
    if users_alike:
        return {name: table.mean() for name, table in by_user.items()}
    return {name: table.sum() * (table.ngroups / len(whole[name])) for name, table in by_user.items()}


def compare(tables: Mapping[str, pd.DataFrame], seed: int, resamples: int) -> dict[str, Any]:
    """Set `two_stage` against svd and against the best source alone, in NDCG@10.

    Args:
        tables: of each policy and source the values per user.
        seed: of the bootstrap.
        resamples: of the users.

    Returns:
        `users`, `two_stage`, `svd`, the `best_source` by its mean, and against both the paired differences.
    """
    values = {name: table[[METRIC]] for name, table in tables.items()}
    sources = {name: float(table[METRIC].mean()) for name, table in values.items() if name not in POLICIES}
    best = max(sources, key=lambda name: sources[name])
    others = (BASELINE, best)
    gaps = paired.differences(values, [(OURS, other) for other in others], generator(seed, "bootstrap"), resamples)
    return {
        "users": len(values[OURS]),
        OURS: float(values[OURS][METRIC].mean()),
        BASELINE: float(values[BASELINE][METRIC].mean()),
        "best_source": best,
        "best_source_value": sources[best],
        "over_svd": gaps[f"{OURS}_minus_{BASELINE}"][METRIC],
        "over_best_source": gaps[f"{OURS}_minus_{best}"][METRIC],
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run every split, print a table, write the results."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, nargs="*", default=[1, 2, 3, 5, 10], help="default: %(default)s")
    parser.add_argument("--ends", type=float, nargs="*", default=[1, 0.9, 0.8, 0.7, 0.6], help="default: %(default)s")
    parser.add_argument("--project", type=Path, default=Path(), help="where the pipeline ran, by default here")
    chosen = parser.parse_args(argv)
    if not chosen.cuts and not chosen.ends:
        parser.error("nothing to measure: --cuts and --ends are both empty")
    events, items = read_events(chosen.project / EVENTS), read_table(chosen.project / ITEMS)
    params = read_params(chosen.project)
    seed, resamples = params.base.seed, params.evaluate.resamples
    runs: dict[str, list[Tables]] = {CUTS: [], MOMENTS: []}
    found = {}
    every = variants(events, params, chosen.cuts, chosen.ends)
    for kind, name, parts, now in tqdm(every, total=len(chosen.cuts) + len(chosen.ends), disable=None):
        tables = measure(parts, items, recommend(parts, items, now), now.evaluate.ks)
        runs[kind].append(tables)
        found[name] = compare(tables, seed, resamples)
        sys.stdout.write(f"{name}: {found[name]}\n")
    together = {kind: pool(tables) for kind, tables in runs.items() if tables}
    if runs[MOMENTS]:
        together[ALIKE] = pool(runs[MOMENTS], users_alike=True)
    pooled = {kind: compare(tables, seed, resamples) for kind, tables in together.items()}
    path = report.RESULTS / f"splits_{params.dataset.name}.json"
    write_json(path, {"dataset": params.dataset.name, "ties": params.split.ties, "splits": found, "pooled": pooled})
    sys.stdout.write(f"{pd.DataFrame(pooled).T.to_string()}\n{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
