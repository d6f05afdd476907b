"""Reads and checks the events of a log: raw columns in, typed events out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recommender.columns import ITEM, RATING, TIME, USER
from recommender.datasets.csv_lines import how_many
from recommender.datasets.raw_tables import RawTable
from recommender.datasets.times import MICROSECONDS, read_times
from recommender.datasets.values import Ids, read_ids, read_numbers
from recommender.errors import DataError

AN_ID = "an id: not empty, not NULL, NA, nan or the like, and without a NUL character"
NO_FLOAT = "an integer, as every id in this column is a number"
EARLIEST = pd.Timestamp("1980-01-01", tz="UTC")
LARGEST = 1e12  # sums of products of larger ratings may be infinite as float32
_EPOCH = pd.Timestamp(0, tz="UTC")
_WRITTEN = {
    "s": "seconds since 1970",
    "ms": "milliseconds since 1970",
    "us": "microseconds since 1970",
    "iso": "ISO 8601 such as 2024-05-31T12:00:00Z",
    "auto": "seconds since 1970 or, if the first row has it, ISO 8601",
}
Rule: TypeAlias = tuple[str, NDArray[np.bool_], str]
"""A column, which rows are valid, and what is expected of them."""


@dataclass(frozen=True)
class Limits:
    """Valid values of a log: lowest and highest rating, latest and earliest time, and how its times are written."""

    scale: tuple[float, float] | None
    latest: pd.Timestamp
    time_unit: str = "s"
    earliest: pd.Timestamp = EARLIEST

    def unit_of(self, number: float) -> str | None:
        """Return the unit in which a number is a valid time, None if there is no such unit."""
        low, high = self.earliest.timestamp(), self.latest.timestamp()
        return next((unit for unit in ("s", "ms", "us") if low <= number * MICROSECONDS[unit] / 1e6 <= high), None)


def read_events(
    table: RawTable,
    names: Mapping[str, str],
    limits: Limits,
    more_items: Ids | None = None,
    more_users: Ids | None = None,
) -> pd.DataFrame:
    """Read and check the events of a log.

    Args:
        table: the log as written in its file.
        names: the file's name of `user_id`, `item_id`, `timestamp` and, if the log has it, `rating`.
        limits: which values are valid.
        more_items: ids of a table of items: item ids are integers only if these are, too.
        more_users: ids of a table of users, likewise.

    Returns:
        user_id and item_id (int64 if every one is a plain integer, else text), rating (float64, 1 if the log has
        none), timestamp (datetime64[us, UTC]), in the order of the file.

    Raises:
        DataError: a value is not valid, or there is only one user or one item.
    """
    users, items = read_ids(table, names[USER]), read_ids(table, names[ITEM])
    ratings = read_numbers(table.columns[names[RATING]]) if RATING in names else np.ones(len(users.codes))
    times = read_times(table.columns[names[TIME]], limits.time_unit)
    _check_events(table, names, limits, users, items, ratings, times)
    pa.default_memory_pool().release_unused()
    integral = [all(some.integral() for some in ids if some) for ids in ((users, more_users), (items, more_items))]
    columns = {USER: users.values(integral[0]), ITEM: items.values(integral[1]), RATING: ratings, TIME: times}
    events = pd.DataFrame(columns, copy=False)
    check_variety(events, table.file, "use a larger log")
    return events


def _check_events(
    table: RawTable,
    names: Mapping[str, str],
    limits: Limits,
    users: Ids,
    items: Ids,
    ratings: NDArray[np.float64],
    times: "pd.Series[Any]",
) -> None:
    """Check what was read; see `read_events`."""
    low, high = limits.scale or (-np.inf, np.inf)
    unit = f"{_WRITTEN[limits.time_unit]} (dataset.time_unit: {limits.time_unit})"
    early = (times < limits.earliest).to_numpy() & (times != _EPOCH).any()
    late = (times > limits.latest).to_numpy()
    loose, outside = ~(np.abs(ratings) <= LARGEST), ~((ratings >= low) & (ratings <= high))
    swapped = _swapped(table, names, limits, int(np.argmax(loose | outside)))
    advice = _advice(table, names, limits, int(np.argmax(early | late)))
    rules: list[Rule] = [
        (USER, users.present(), AN_ID),
        (USER, users.whole(), NO_FLOAT),
        (ITEM, items.present(), AN_ID),
        (ITEM, items.whole(), NO_FLOAT),
        (RATING, ~loose, f"a finite number, at most {LARGEST:g}{swapped}"),
        (RATING, ~outside, f"a rating from {low:g} to {high:g}{swapped}"),
        (TIME, times.notna().to_numpy(), unit),
        (TIME, ~early, f"a time from {limits.earliest:%Y-%m-%d} (dataset.earliest) on, in {unit}{advice}"),
        (TIME, ~late, f"a time that is not in the future, in {unit}{advice}"),
    ]
    check(table, names, rules)


def _advice(table: RawTable, names: Mapping[str, str], limits: Limits, row: int) -> str:
    """Say what to try where a number cannot be a time: another unit, or another column."""
    time = read_numbers(table.columns[names[TIME]].slice(row, 1))[0]
    if np.isnan(time):
        return ""
    if unit := limits.unit_of(time):
        return f"; try dataset.time_unit: {unit}"
    days = "; write days, minutes, years, nanoseconds and dates such as 20240131 as ISO 8601"
    return _swapped(table, names, limits, row) or days


def _swapped(table: RawTable, names: Mapping[str, str], limits: Limits, row: int) -> str:
    """Say that a rating is a time where the time is none."""
    times = {name: _is_time(table.columns[name].slice(row, 1), limits) for name in names.values()}
    if RATING not in names or times[names[TIME]] or not times[names[RATING]]:
        return ""
    here, there = names[RATING], names[TIME]
    return f"; column {here!r} holds a time and {there!r} none: look whether dataset.columns has the two swapped"


def _is_time(value: pa.ChunkedArray, limits: Limits) -> bool:
    """Return whether a value is a valid time in any unit."""
    number = read_numbers(value)[0]
    return bool(limits.unit_of(number)) if np.isfinite(number) else bool(read_times(value, "iso").notna().all())


def check(table: RawTable, names: Mapping[str, str], rules: Iterable[Rule]) -> None:
    """Check the rows of a table.

    Args:
        table: the table as written in its file.
        names: the names of the columns in the file; rules for other columns are skipped.
        rules: in the order of checking.

    Raises:
        DataError: names the first row that breaks the first broken rule, its value, what was expected and how many
            such rows there are.
    """
    for column, valid, expected in rules:
        rows = np.flatnonzero(~valid)
        if column in names and len(rows):
            first, name = int(rows[0]), names[column]
            raise DataError(
                f"{table.place(first)}: column {name!r}: found {table.found(name, first)}, expected {expected}; "
                f"{how_many(len(rows))}; correct the file, or section dataset of params.yaml"
            )


def check_variety(events: pd.DataFrame, where: str, advice: str) -> None:
    """Check that a log has at least two users and two items.

    Args:
        events: at least one event.
        where: where they come from, for the message.
        advice: what to do, for the message.

    Raises:
        DataError: there is only one user or one item.
    """
    for column, word in ((USER, "user"), (ITEM, "item")):
        only = events[column].iloc[:1].tolist()[0]
        if (events[column] == only).all():
            raise DataError(f"{where}: found only one {word} ({only!r}), expected at least two; {advice}")
