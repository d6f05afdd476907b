"""Hold out events for validation and test: the last of each user, or everything after a date.

Reads data/prepared/interactions.parquet. Writes data/split/{train,valid,test,requests}.parquet, and
the counts to metrics/.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recommender.stage import parse, run

import pandas as pd

from recommender.columns import TIME, USER
from recommender.log.settings import Split
from recommender.log.splitting import Parts, global_time, last_interaction, order_events
from recommender.measured import write_measured
from recommender.params import Sections, load
from recommender.parts import list_parts, read_events, write_events

INPUTS = ("data/prepared/interactions.parquet",)
PARAMS = ("split",)
OUTPUT = Path("data/split")
HEADLINE = ("test.users",)


class Params(Sections):
    """The sections that this stage reads."""

    split: Split


def describe(part: pd.DataFrame) -> dict[str, Any]:
    """Return the number of events and users of a part, and its first and last time."""
    first, last = part[TIME].agg(["min", "max"])
    return {"events": len(part), "users": part[USER].nunique(), "first": first.isoformat(), "last": last.isoformat()}


def split() -> Parts:
    params = load(Params).split
    events = order_events(read_events(Path(INPUTS[0])), params.ties, params.tie_seed)
    if params.method == "global_time":
        return global_time(events, params.valid_from, params.test_from)
    return last_interaction(events)


def work() -> None:
    parts, count = split(), len(list_parts(Path(INPUTS[0])))
    tables = {"train": parts.train, "valid": parts.valid, "test": parts.test}
    for name, part in tables.items():
        write_events(part, OUTPUT / f"{name}.parquet", count)
    write_events(parts.requests, OUTPUT / "requests.parquet", count)
    described = {name: describe(part) for name, part in tables.items()}
    write_measured("split", described | {"not_held_out": parts.reported}, HEADLINE)


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
