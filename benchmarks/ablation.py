"""What each part brings: leaves out each source and each group of features in turn, and takes a few bigger steps.

Run from the project's folder, with everything committed and after `dvc repro`: python -m benchmarks.ablation. Each
change is an experiment of DVC's queue; one that is already done for the same code, data and parameters is not run
again, so a run that was interrupted goes on. Writes benchmarks/results/ablation_DATASET.json; the README shows it.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchmarks import experiments, report
from benchmarks.overrides import Overrides, overridden, pairs
from benchmarks.params import Params, read_params
from recommender.columns import POLICY, USER
from recommender.errors import DataError, ParameterError, RecommenderError
from recommender.evaluation.paired import differences
from recommender.files import read_json, write_json
from recommender.seeds import generator
from recommender.terminal import Parser
from recommender_lab.revisions.loading import read

RANKER, PER_USER = "metrics/train_ranker.json", "data/evaluation/per_user.parquet"
SHOWN = ("hit@10", "ndcg@10")
STEPS: dict[str, dict[str, Any]] = {
    "time-unknown": {"sequence.request_time": False},
    "one-seed": {"train_ranker.seeds": 1},
    "one-past-request": {"build_ranking.past_requests": 1},
    "classifier": {"train_ranker.objective": "binary"},
    "rated-pairs": {"build_ranking.label": "liked", "train_ranker.objective": "binary"},
    "all-sources": {"candidates.svd_recent": 20, "candidates.transitions": 40, "candidates.similarity": 30},
}
ORDERED = ("sequence", "content", "context")
"""Groups of features that look at the order, the content or the moment of the latest events."""


@dataclass(frozen=True)
class Change:
    """One line of the table.

    Attributes:
        name: of the change, unique.
        kind: `source`, `features` or `step`.
        overrides: the parameters that it changes, by `section.key`.
    """

    name: str
    kind: str
    overrides: Overrides


def changes(params: Params) -> list[Change]:
    """List what can be left out of these parameters: what is off already, or cannot be off, is not listed."""
    sources = [name for name, size in params.candidates.model_dump().items() if size]
    groups = [name for name, on in params.features.model_dump().items() if on]
    alone: dict[str, Any] = {f"candidates.{name}": 0 for name in sources if name != "svd"}
    alone["candidates.svd"] = max(params.candidates.model_dump().values())
    static = {f"features.{name}": False for name in groups if name in ORDERED}
    steps = STEPS | {"svd-candidates-alone": alone, "svd-candidates-without-order": alone | static}
    found = [
        *(Change(f"no-source-{name}", "source", {f"candidates.{name}": 0}) for name in sources),
        *(Change(f"no-features-{name}", "features", {f"features.{name}": False}) for name in groups),
        *(Change(name, "step", overrides) for name, overrides in steps.items()),
    ]
    return [change for change in found if _changes(params, change.overrides)]


def _changes(params: Params, overrides: Overrides) -> bool:
    try:
        return overridden(params, overrides) != params
    except ParameterError:
        return False


def compare(committed: pd.DataFrame, other: pd.DataFrame, params: Params) -> dict[str, dict[str, float]]:
    """Compare `two_stage` in two tables of per-user values, on the same users.

    Args:
        committed: data/evaluation/per_user.parquet as committed.
        other: that of an experiment.
        params: give the seed and the number of resamples.

    Returns:
        For each metric shown its `mean` in `other`, and `difference`, `low`, `high` and `p_value` of other minus
        committed.

    Raises:
        DataError: the users are not the same.
    """
    tables = {}
    for name, frame in {"committed": committed, "other": other}.items():
        tables[name] = frame[frame[POLICY] == "two_stage"].set_index(USER)[list(SHOWN)]
    if not tables["other"].index.equals(tables["committed"].index):
        raise DataError(f"{PER_USER}: the experiment has other test users than the committed run")
    random = generator(params.base.seed, "bootstrap")
    found = differences(tables, [("other", "committed")], random, params.evaluate.resamples)["other_minus_committed"]
    means = tables["other"].mean()
    return {
        metric: {"mean": float(means[metric])}
        | {key: value for key, value in found[metric].items() if key not in ("ratio", "users")}
        for metric in SHOWN
    }


def measure(rev: str, params: Params, committed: pd.DataFrame) -> dict[str, Any]:
    """Return the validation NDCG@10 and the test metrics of an experiment or a commit."""
    validation = experiments.metric(RANKER, rev)["validation"]["ndcg@10"]
    return {"validation": validation, "test": compare(committed, read(PER_USER, rev), params)}


def run(params: Params, state: str, again: dict[str, Any], keep: bool) -> dict[str, Any]:
    """Run what is not done and read everything.

    Args:
        params: the committed parameters.
        state: of the code, the data and the parameters.
        again: an earlier result; its lines are taken over if it is of the same state.
        keep: whether the experiments stay in DVC.

    Returns:
        `state`, `dataset`, `committed` (its figures) and `changes`, a line for each.
    """
    same = again.get("changes", []) if again.get("state") == state else []
    lines = {line["change"]: line for line in same}
    listed = {f"ablation-{change.name}-{state}": change for change in changes(params)}
    missing = {name: change for name, change in listed.items() if change.name not in lines}
    experiments.run_all({name: pairs(change.overrides) for name, change in missing.items()})
    committed = read(PER_USER, "HEAD")
    for name, change in missing.items():
        described = {"change": change.name, "kind": change.kind, "overrides": pairs(change.overrides)}
        lines[change.name] = described | measure(name, params, committed)
    if not keep:
        experiments.remove(listed)
    whole = {"state": state, "dataset": params.dataset.name, "committed": measure("HEAD", params, committed)}
    return whole | {"changes": [lines[change.name] for change in listed.values()]}


def render(found: dict[str, Any]) -> str:
    """Render the result as aligned text."""
    best = found["committed"]
    rows = [_row(line["change"], line, best) for line in found["changes"]]
    return report.table([_row("as committed", best, best), *rows])


def _row(name: str, line: dict[str, Any], committed: dict[str, Any]) -> dict[str, str | float]:
    test = line["test"]
    return {
        "change": name,
        "validation": f"{line['validation']:.4f}",
        "against": f"{line['validation'] - committed['validation']:+.4f}",
        "test": f"{test['ndcg@10']['mean']:.4f}",
        "against ": "{difference:+.4f} [{low:+.4f}, {high:+.4f}]".format(**test["ndcg@10"]),
        "p": f"{test['ndcg@10']['p_value']:.3f}",
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the ablation, write the results, print the table.

    Returns:
        The exit code: 0, or 1 after one message that a person can act on.
    """
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="leave the experiments in DVC (default: remove them)")
    parser.add_argument("--list", action="store_true", help="only list the changes")
    chosen = parser.parse_args(argv)
    try:
        params = read_params()
        if chosen.list:
            lines = [f"{change.name}: {' '.join(pairs(change.overrides))}" for change in changes(params)]
            sys.stdout.write("\n".join(lines) + "\n")
            return 0
        path = report.RESULTS / f"ablation_{params.dataset.name}.json"
        found = run(params, experiments.state(), read_json(path) if path.exists() else {}, chosen.keep)
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    write_json(path, found)
    sys.stdout.write(render(found) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
