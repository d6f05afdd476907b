"""Simulate an A/B test: users are assigned to policies, and a hit on the held-out event counts as a click.

Reads the values per user and the split only, so a new experiment does not make the recommendations again.
"""

from collections.abc import Sequence
from pathlib import Path

from recommender.stage import parse, run

import pandas as pd

from recommender.columns import ITEM, USER
from recommender.files import read_table, write_csv, write_json
from recommender.measured import write_measured
from recommender.params import Sections, load
from recommender.parts import read_events
from recommender_lab.ab_test import aa_check, results
from recommender_lab.ab_test.design import PLAIN, Design
from recommender_lab.ab_test.population import gather
from recommender_lab.ab_test.resalting import repeat
from recommender_lab.ab_test.settings import AbTest

PER_USER = "data/evaluation/per_user.parquet"
HISTORY = ("data/split/train.parquet", "data/split/valid.parquet")
INPUTS = (PER_USER, *HISTORY)
PARAMS = ("ab_test",)


class Params(Sections):
    """The sections that this stage reads."""

    ab_test: AbTest


def work() -> None:
    params = load(Params).ab_test
    clicks, gain = f"hit@{params.k}", f"ndcg@{params.k}"
    design = Design(params.arms.shares(), params.control, clicks, gain, params.salt, params.alpha, params.power)
    history = pd.concat([read_events(Path(path), (USER, ITEM)) for path in HISTORY])
    population = gather(read_table(Path(PER_USER)), history, design, params.strata, params.covariate)
    found = results.run(population, design)
    runs = repeat(population, design, params.resalts)
    plain = f"differences.*.{clicks}.{PLAIN}."
    headline = ("sample_ratio.p_value", f"{plain}difference", f"{plain}p_holm")
    write_measured("ab_test", found | {"resalted": aa_check.summary(runs, design)}, headline)
    rows = results.difference_rows(found["differences"])
    write_json(Path("metrics/plots/ab_test_differences.json"), {"differences": rows})
    write_csv(Path("metrics/plots/ab_test_levels.csv"), pd.DataFrame(aa_check.level_rows(runs, design)))


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
