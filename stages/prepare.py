"""Convert the raw files to three typed tables and check every line.

Reads data/raw and data/collected. Writes data/prepared/{interactions,items,users}.parquet, and the counts to
metrics/.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from recommender.stage import parse, run

import pandas as pd

from recommender.datasets.collected import add_collected
from recommender.datasets.interaction_log import read_log
from recommender.datasets.movielens import read_1m, read_100k
from recommender.datasets.prepared import Log, complete, summarise
from recommender.datasets.remarks import remarks
from recommender.datasets.selection import select
from recommender.datasets.settings import Dataset, Prepare
from recommender.files import write_table
from recommender.measured import write_measured
from recommender.params import Base, Sections, load
from recommender.parts import write_events
from recommender.seeds import seed_for

INPUTS = ("data/raw", "data/collected")
PARAMS = (
    *("base", "prepare", "dataset.name", "dataset.columns", "dataset.item_columns", "dataset.genre_separator"),
    *("dataset.user_columns", "dataset.no_genres", "dataset.time_unit", "dataset.earliest", "dataset.rating_scale"),
)
RAW, COLLECTED, PREPARED = Path("data/raw"), Path("data/collected"), Path("data/prepared")
HEADLINE = ("interactions", "users", "items", "*repeats_dropped")


class Params(Sections):
    """The sections that this stage reads."""

    base: Base
    dataset: Dataset
    prepare: Prepare


def work() -> None:
    params = load(Params)
    repeats = params.base.again_after_days is not None
    raw = add_collected(_read(params.dataset), COLLECTED, repeats)
    seed = seed_for(params.base.seed, "user_fraction")
    events, dropped = select(raw.interactions, params.prepare.user_fraction, seed, repeats)
    log = complete(replace(raw, interactions=events))
    count = -(-len(log.interactions) // params.prepare.part_events)
    write_events(log.interactions, PREPARED / "interactions.parquet", count)
    for name in ("items", "users"):
        write_table(getattr(log, name), PREPARED / f"{name}.parquet")
    facts = summarise(log) | dropped
    write_measured("prepare", facts, HEADLINE)
    for remark in remarks(facts):
        logging.getLogger(__name__).warning("warning: %s", remark)


def _read(dataset: Dataset) -> Log:
    # The clock only decides which times are refused as future ones; no output depends on it.
    latest = pd.Timestamp.now("UTC") + pd.Timedelta(days=1)
    if dataset.name == "interaction-log":
        return read_log(RAW, dataset, latest)
    return {"movielens-100k": read_100k, "movielens-1m": read_1m}[dataset.name](RAW, latest)


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
