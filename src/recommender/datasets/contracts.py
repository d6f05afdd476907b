"""What must hold of every table before it may enter, checked by pandera; each breach names its line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from recommender.columns import ITEM, RATING, RELEASE_DATE, TIME, USER
from recommender.datasets.csv_lines import how_many
from recommender.datasets.raw_tables import RawTable
from recommender.errors import DataError

_AN_ID = "an id, without a NUL character"
_LARGEST = 1e12  # sums of products of larger ratings may be infinite as float32
EPOCH = pd.Timestamp(0, tz="UTC")
_WRITTEN = {
    "s": "seconds since 1970",
    "ms": "milliseconds since 1970",
    "us": "microseconds since 1970",
    "iso": "ISO 8601 such as 2024-05-31T12:00:00Z",
    "auto": "seconds since 1970 or, if the first row has it, ISO 8601",
}
Test: TypeAlias = Callable[["pd.Series[Any]"], "pd.Series[bool]"]
Rules: TypeAlias = Mapping[str, Mapping[str, Test]]


@dataclass(frozen=True)
class Limits:
    """What a log may hold: ratings from and to, times up to a moment, and how its times are written."""

    scale: tuple[float, float] | None
    latest: pd.Timestamp
    time_unit: str = "s"


def event_rules(limits: Limits) -> Rules:
    """Return what must hold of each event.

    Args:
        limits: what values may be.

    Returns:
        By column and in order, what is expected and its test. Ids are true where there is one; a rating that could not
        be read is NaN, a time NaT.
    """
    low, high = limits.scale or (-np.inf, np.inf)
    unit = f"{_WRITTEN[limits.time_unit]} (dataset.time_unit: {limits.time_unit})"
    return {
        USER: {_AN_ID: _itself},
        ITEM: {_AN_ID: _itself},
        RATING: {
            f"a finite number, at most {_LARGEST:g}": lambda ratings: ratings.abs() <= _LARGEST,
            f"a rating from {low:g} to {high:g}": lambda ratings: ratings.between(low, high),
        },
        TIME: {
            unit: lambda times: times.notna(),
            f"a time from 1970 on, in {unit}": lambda times: times >= EPOCH,
            f"a time that is not in the future, in {unit}": lambda times: times <= limits.latest,
        },
    }


def item_rules() -> Rules:
    """Return what must hold of each item; a release date is true where it could be read or is empty."""
    return {
        ITEM: {_AN_ID: lambda ids: ids.notna(), "each item once": lambda ids: ~ids.duplicated()},
        RELEASE_DATE: {"nothing, a year or an ISO 8601 date": _itself},
    }


def _itself(flags: "pd.Series[Any]") -> "pd.Series[bool]":
    return flags


def check(columns: pd.DataFrame, rules: Rules, table: RawTable, names: Mapping[str, str]) -> None:
    """Check a table against its contract.

    Args:
        columns: the columns that the rules test.
        rules: see `event_rules` and `item_rules`; a column that the table does not have is not checked.
        table: the table as it stands in its file, row by row the same.
        names: the names of the columns in the file.

    Raises:
        DataError: names the first line that breaks the first broken rule, what stands there, what was expected and how
            many such rows there are.
    """
    for name in (name for name in rules if name in names):
        checks = [pa.Check(test, error=said, ignore_na=False, n_failure_cases=1) for said, test in rules[name].items()]
        try:
            pa.SeriesSchema(checks=checks, nullable=True, name=name).validate(columns[name])
        except pa.errors.SchemaError as error:
            rows = np.flatnonzero(~np.asarray(error.check_output, dtype=bool))
            raise DataError(_sentence(table, names[name], rows, str(error.check.error))) from error


def _sentence(table: RawTable, column: str, rows: NDArray[np.int64], expected: str) -> str:
    first = int(rows[0])
    return (
        f"{table.place(first)}: column {column!r}: found {table.found(column, first)}, expected {expected}; "
        f"{how_many(len(rows))}; mend the file, or section dataset of params.yaml"
    )


def check_variety(interactions: pd.DataFrame, where: str, mend: str) -> None:
    """Check that there is something to choose between.

    Args:
        interactions: at least one event.
        where: where they come from, for the message.
        mend: what to do, for the message.

    Raises:
        DataError: one user only or one item only.
    """
    for column, word in ((USER, "user"), (ITEM, "item")):
        only = interactions[column].iloc[:1].tolist()[0]
        if (interactions[column] == only).all():
            raise DataError(f"{where}: found one {word} only ({only!r}), expected at least two; {mend}")
