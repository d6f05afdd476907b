"""Splits a log part by part: each user is in one part, so that parts are split apart from each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recommender.columns import TIME, USER
from recommender.engine.local import Engine
from recommender.files import read_columns
from recommender.log.settings import Split
from recommender.log.splitting import (
    hold_out_after,
    hold_out_last,
    moments,
    order_events,
    require_parts,
    require_test,
)
from recommender.parts import write_part

TABLES = ("train", "valid", "test", "requests")
Begins = tuple[pd.Timestamp, pd.Timestamp] | None


@dataclass(frozen=True)
class _Task:
    """What is done with one part: it holds all that a worker elsewhere needs."""

    params: Split
    begins: Begins
    folders: Mapping[str, Path]
    count: int

    def __call__(self, job: tuple[int, Path]) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
        at, path = job
        events = order_events(read_columns([path]), self.params.ties, self.params.tie_seed)
        parts = hold_out_last(events) if self.begins is None else hold_out_after(events, *self.begins)
        del events
        for name in TABLES:
            write_part(getattr(parts, name), self.folders[name], at, self.count)
        return {name: describe(getattr(parts, name)) for name in TABLES[:3]}, parts.reported


def describe(part: pd.DataFrame) -> dict[str, Any]:
    """Return the number of events and users of a table, and its first and last time."""
    first, last = part[TIME].agg(["min", "max"])
    return {"events": len(part), "users": part[USER].nunique(), "first": first, "last": last}


def split_parts(paths: Sequence[Path], folders: Mapping[str, Path], params: Split, engine: Engine) -> dict[str, Any]:
    """Split all parts of a log, and write the tables of each.

    Args:
        paths: the parts, absolute.
        folders: where each table is written, absolute; see `outputs.new_folder`.
        params: see params.yaml.
        engine: where it is done.

    Returns:
        What `describe` says of each table of the whole log, with times as text, and `not_held_out`.

    Raises:
        DataError: a table of the whole log would be empty.
    """
    begins: Begins = None
    if params.method == "global_time":
        times = [frame[TIME] for frame in engine.map(_times, paths)]
        begins = moments(pd.concat(times, ignore_index=True), params.valid_from, params.test_from)
    found = [*engine.map(_Task(params, begins, folders, len(paths)), [*enumerate(paths)])]
    tables = {name: _merged([described[name] for described, _ in found]) for name in TABLES[:3]}
    if begins is None:
        require_test(tables["test"]["events"])
    else:
        require_parts({name: table["events"] for name, table in tables.items()}, *begins)
    for table in tables.values():
        table |= {name: table[name].isoformat() for name in ("first", "last")}
    return tables | {"not_held_out": {name: sum(counts[name] for _, counts in found) for name in found[0][1]}}


def _times(path: Path) -> pd.DataFrame:
    return read_columns([path], [TIME])


def _merged(tables: Sequence[dict[str, Any]]) -> dict[str, Any]:
    some = [table for table in tables if table["events"]] or [*tables]
    counts = {name: sum(table[name] for table in tables) for name in ("events", "users")}
    return counts | {"first": min(table["first"] for table in some), "last": max(table["last"] for table in some)}
