"""Look for better parameters on validation with Optuna; the test events are never read.

Run from the project's folder after a run of the pipeline: python -m benchmarks.search --trials 50. The first trial is
params.yaml as it is. A trial's value is the mean NDCG@10 over validation requests under several tie seeds, each with
rankers of their own seeds: that is the noise that is averaged out. The number of trials is in all: a search that was
interrupted goes on from logs/search.log, as long as code, data, params.yaml and options are the same. At the end the
best and the committed parameters run once more with fresh ranker seeds and are compared on the same users; both have
been chosen on these validation events, so the difference is still a hopeful one.

Writes benchmarks/results/search_DATASET.json and prints the options that apply the best parameters.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.distributions import BaseDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState
from tqdm import tqdm

from benchmarks import report
from benchmarks.overrides import Overrides, options, overridden
from benchmarks.params import Params, read_params
from benchmarks.search_space import SECTIONS, shortened, space, values_of, write_params
from benchmarks.trial import Evaluator, Gains
from recommender.errors import DataError, ParameterError, RecommenderError
from recommender.evaluation.paired import differences
from recommender.files import read_table, write_json
from recommender.params import PARAMS_FILE
from recommender.parts import list_parts, read_events
from recommender.seeds import generator, seed_for
from recommender.terminal import Parser

SPLIT = (Path("data/split/train.parquet"), Path("data/split/valid.parquet"))
ITEMS = Path("data/prepared/items.parquet")
JOURNAL = Path("logs/search.log")
FRESH = 100
"""First number of the ranker seeds of the last comparison: no trial has used them."""
Space = dict[str, BaseDistribution]
Measure = Callable[[Overrides, int], float]


def open_study(journal: Path, name: str, seed: int) -> optuna.Study:
    """Open a study, new or as it was left; a trial that was interrupted counts as failed.

    Args:
        journal: file of the trials.
        name: of the study.
        seed: of the sampler (TPE; Bergstra et al., 2011), which is drawn anew for each session.
    """
    journal.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(journal))),
        study_name=name,
        direction="maximize",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )
    study.sampler = optuna.samplers.TPESampler(seed=seed_for(seed, "search", len(study.trials)))
    for trial in study.get_trials(states=[TrialState.RUNNING]):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def search(study: optuna.Study, ranges: Space, start: Overrides, trials: int, steps: int, measure: Measure) -> None:
    """Run trials until there are `trials` in all, the first of them with the parameters to start from.

    Args:
        study: where the trials are.
        ranges: of the parameters.
        start: the committed values.
        trials: wanted in all.
        steps: parts of a trial; one that is worse than the median of the others after a part is ended there.
        measure: returns the value of a part.
    """
    if not any(trial.params == start for trial in study.get_trials(states=[TrialState.COMPLETE])):
        study.enqueue_trial(dict(start))
    for _ in tqdm(range(len(done(study)), trials), "trials", disable=None):
        trial = study.ask(ranges)
        overrides = shortened(trial.params, start)
        values: list[float] = []
        try:
            for step in range(steps):
                values.append(measure(overrides, step))
                trial.report(values[-1], step)
                if step < steps - 1 and trial.should_prune():
                    break
        except (ParameterError, DataError) as error:
            trial.set_user_attr("refused", str(error))
        whole = len(values) == steps
        study.tell(trial, float(np.mean(values)) if whole else None, None if whole else TrialState.PRUNED)


def done(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """Return the trials that have ended, early or not; those that were interrupted do not count."""
    return study.get_trials(states=[TrialState.COMPLETE, TrialState.PRUNED])


def confirm(params: Params, best: Params, gains: Callable[[Params], Gains]) -> dict[str, float]:
    """Compare the best parameters with the committed ones on the same users.

    Args:
        params: the committed parameters.
        best: the best ones.
        gains: returns NDCG@10 of each user.

    Returns:
        `committed` and `best` (means), `difference`, `low`, `high` and `p_value`, see `paired.differences`.
    """
    tables = {name: pd.DataFrame({"ndcg@10": gains(one)}) for name, one in {"best": best, "committed": params}.items()}
    random = generator(params.base.seed, "bootstrap")
    found = differences(tables, [("best", "committed")], random, params.evaluate.resamples)
    means = {name: float(table["ndcg@10"].mean()) for name, table in tables.items()}
    return means | {
        key: value for key, value in found["best_minus_committed"]["ndcg@10"].items() if key not in ("ratio", "users")
    }


def fingerprint(*more: object) -> str:
    """Return a digest of code, data, parameters and options: other ones make another study."""
    code, events = sorted(Path("src").rglob("*.py")), [path for folder in SPLIT for path in list_parts(folder)]
    paths = [*code, Path(__file__).with_name("trial.py"), PARAMS_FILE, *events, ITEMS]
    digest = hashlib.sha256(repr(more).encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def summary(study: optuna.Study, start: Overrides, confirmed: dict[str, float]) -> dict[str, Any]:
    """Return what the search found: the start, the best trial, what changes, and the comparison."""
    best, ended = study.best_trial, done(study)
    chosen = shortened(best.params, start)
    first = next(trial for trial in study.get_trials(states=[TrialState.COMPLETE]) if trial.params == start)
    return {
        "trials": {"ended": len(ended), "ended_early": sum(trial.state == TrialState.PRUNED for trial in ended)},
        "committed": {"parameters": dict(start), "validation": first.value},
        "best": {"trial": best.number, "parameters": chosen, "validation": best.value},
        "changed": {name: value for name, value in chosen.items() if value != start[name]},
        "confirmed": confirmed,
    }


def render(found: dict[str, Any]) -> str:
    """Render the result as text: parameters, values, the comparison, the options."""
    start, best = found["committed"], found["best"]
    rows: list[dict[str, str | float]] = [
        {"parameter": name, "committed": f"{start['parameters'][name]}", "best": f"{value}"}
        for name, value in best["parameters"].items()
    ]
    rows.append(
        {"parameter": "ndcg@10", "committed": f"{start['validation']:.4f}", "best": f"{best['validation']:.4f}"}
    )
    again = (
        "with fresh seeds: {committed:.4f}, {best:.4f}, difference {difference:+.4f} [{low:+.4f}, {high:+.4f}], "
        "p = {p_value:.3f}"
    ).format(**found["confirmed"])
    apply = f"dvc exp run {options(found['changed'])}" if found["changed"] else "nothing to change"
    return f"{report.table(rows)}\n\n{again}\n\n{apply}\n"


def run(chosen: argparse.Namespace) -> str:
    """Search, compare, write the results and, if asked to, params.yaml; return the text to show."""
    params = read_params()
    if params.split.method != "last_interaction":
        raise ParameterError("split.method: the search reorders last events; set last_interaction to search")
    ranges = space(params, chosen.only)
    start = values_of(params, ranges)
    evaluator = Evaluator(read_events(SPLIT[0]), read_events(SPLIT[1]), read_table(ITEMS))
    numbers = range(chosen.ranker_seeds)
    study = open_study(JOURNAL, fingerprint(ranges, chosen.tie_seeds, chosen.ranker_seeds), params.base.seed)

    def measure(overrides: Overrides, step: int) -> float:
        """Return the mean NDCG@10 under a tie seed."""
        return float(evaluator.gains(overridden(params, overrides), step, numbers).mean())

    def gains(one: Params) -> Gains:
        """Return NDCG@10 of each user under all tie seeds, of rankers that no trial has grown."""
        fresh = range(FRESH, FRESH + len(numbers))
        return np.mean([evaluator.gains(one, tie_seed, fresh) for tie_seed in range(chosen.tie_seeds)], axis=0)

    search(study, ranges, start, chosen.trials, chosen.tie_seeds, measure)
    found = summary(study, start, confirm(params, overridden(params, shortened(study.best_params, start)), gains))
    settings = {"tie_seeds": chosen.tie_seeds, "ranker_seeds": chosen.ranker_seeds, "sections": list(chosen.only)}
    write_json(report.RESULTS / f"search_{params.dataset.name}.json", found | settings)
    if chosen.write:
        write_params(PARAMS_FILE, found["changed"])
    return render(found)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the search.

    Returns:
        The exit code: 0, or 1 after one message that a person can act on.
    """
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=50, help="in all, earlier ones included (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="sections to search (all)")
    parser.add_argument("--tie-seeds", type=int, default=3, help="tie seeds 0 to N - 1 (default: %(default)s)")
    parser.add_argument("--ranker-seeds", type=int, default=1, help="rankers per tie seed (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="write the best values into params.yaml")
    chosen = parser.parse_args(argv)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        sys.stdout.write(run(chosen))
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
