"""Write one page about the run that opens without a network: figures, tables, and the lists of every shown user."""

from collections.abc import Sequence
from pathlib import Path

from recommender.stage import parse, run

import pandas as pd

from recommender.columns import POLICIES, USER
from recommender.files import read_table
from recommender.measured import read_details
from recommender.outputs import write_bytes
from recommender.params import Base, Sections, load
from recommender.parts import read_events
from recommender.seeds import generator
from recommender_lab.report import drift_section as drift
from recommender_lab.report import experiments, glance, page, results
from recommender_lab.report import user_lists as users
from recommender_lab.report.charts import read_templates
from recommender_lab.report.plot_data import read_rows
from recommender_lab.report.settings import Report

EVENTS, ITEMS, TEMPLATES = "data/prepared/interactions.parquet", "data/prepared/items.parquet", Path(".dvc/plots")
SPLIT = tuple(f"data/split/{part}.parquet" for part in ("train", "valid", "test"))
LISTS = tuple(f"data/recommendations/{policy}.parquet" for policy in POLICIES)
DETAILS = tuple(f"metrics/details/{name}.csv" for name in ("prepare", "ab_test", "replay", "monitor"))
EVALUATED = tuple(f"{name}.json" for name in ("policies", "differences", "history_length", "item_popularity"))
SIMULATED = ("replay.json", "feedback_loop.json", "off_policy.json", "ab_test_differences.json")
OTHERS = ("learning_curve.csv", "importances.csv", "drift.json", "drift_features.csv", "drift_sources.json")
PLOTS = tuple(f"metrics/plots/{name}" for name in (*EVALUATED, *SIMULATED, *OTHERS))
INPUTS = (EVENTS, ITEMS, *SPLIT, *LISTS, *DETAILS, *PLOTS, str(TEMPLATES))
PARAMS = ("report", "base.seed")


class Params(Sections):
    """The sections that this stage reads."""

    base: Base
    report: Report


def work() -> None:
    params = load(Params)
    prepare, ab_test, replay, monitor = (read_details(Path(path)) for path in DETAILS)
    plots = {Path(path).stem: read_rows(Path(path)) for path in PLOTS}
    events, train, valid, test = (read_events(Path(path)) for path in (EVENTS, *SPLIT))
    items = read_table(Path(ITEMS))
    lists = {policy: read_table(Path(path)) for policy, path in zip(POLICIES, LISTS, strict=True)}
    tested, settings = test[USER].unique().tolist(), params.report
    shown = users.sample(tested, settings.users, generator(params.base.seed, "report"))
    data = users.collect(shown, pd.concat([train, valid]), test, lists, items, k=settings.k, history=settings.history)
    sections = [
        glance.draw(events, items, prepare),
        results.policies(plots["policies"], plots["differences"]),
        results.ranker(plots["learning_curve"], plots["importances"]),
        results.parts(plots["history_length"], plots["item_popularity"]),
        experiments.ab_test(ab_test, plots["ab_test_differences"]),
        experiments.replay(replay, plots["replay"]),
        experiments.feedback_loop(plots["feedback_loop"], plots["off_policy"]),
        drift.draw(monitor, plots["drift"], plots["drift_features"], plots["drift_sources"]),
        users.draw(len(shown), len(tested)),
    ]
    libraries = (TEMPLATES / "offline.html").read_text(encoding="utf-8")
    write_bytes(Path("reports/index.html"), page.render(sections, data, read_templates(TEMPLATES), libraries))


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
