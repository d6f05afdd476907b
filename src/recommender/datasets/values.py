"""Converts raw columns to ids, numbers, times and dates. What cannot be read becomes missing; `events` reports it.

Work is done on whole columns, or else once per distinct value; never once per row.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.types as kinds
from numpy.typing import NDArray

from recommender.datasets.raw_tables import RawTable
from recommender.errors import DataError

_NO_ID = frozenset({"", "nan", "NaN"})
_LONGEST_ID = 20
_MICROSECONDS = {"auto": 1e6, "s": 1e6, "ms": 1e3, "us": 1.0}
_FARTHEST = float(1 << 53)
_NO_TIME = np.datetime64("NaT", "us")
_ISO = r"\d{4}-\d{2}-\d{2}(?:[T ].*)?"
_YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True)
class Ids:
    """Ids as text: `texts[codes[row]]`. Code -1, blank texts and texts with a NUL are missing ids."""

    codes: NDArray[np.int64]
    texts: list[str]

    def present(self) -> NDArray[np.bool_]:
        """Return for each row whether it has an id."""
        known = np.array([text.strip() not in _NO_ID and "\0" not in text for text in self.texts] + [False])
        return known[self.codes]

    def integral(self) -> bool:
        """Return whether every id is a plain integer: `7` and `-7`, not `007`, `+7`, `7.0` or ` 7`."""
        return all(_is_integer(text) for text in self.texts)

    def values(self, integral: bool) -> "pd.Series[Any]":
        """Return one id per row, int64 or text; every row must have one."""
        distinct = pd.array([int(text) for text in self.texts] if integral else self.texts)
        return pd.Series(distinct.take(self.codes)).astype("int64" if integral else "str")


def _is_integer(text: str) -> bool:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(text) <= _LONGEST_ID):
        return False
    return str(int(text)) == text and -(2**63) <= int(text) < 2**63


def read_ids(table: RawTable, name: str) -> Ids:
    """Read a column as ids.

    Args:
        table: the table as written in its file.
        name: a column of text or integers.

    Returns:
        One code per row.

    Raises:
        DataError: the column holds something else, such as floats or dates.
    """
    column = table.columns[name]
    if not (is_text(column) or kinds.is_integer(_kind(column))):
        raise DataError(f"{table.file}: column {name!r} holds {column.type}, expected integers or text; convert it")
    codes, values = _distinct(column)
    return Ids(codes, [str(value) for value in values])


def is_text(column: pa.ChunkedArray) -> bool:
    """Return whether a column holds text, dictionary-encoded or not."""
    kind = _kind(column)
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def _kind(column: pa.ChunkedArray) -> pa.DataType:
    return column.type.value_type if kinds.is_dictionary(column.type) else column.type


def read_numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Read a column as numbers.

    Args:
        column: numbers or text.

    Returns:
        float64, one per row; NaN where there is no number, infinity where the file has it.
    """
    whole = _cast(column, pa.float64())
    if whole is not None:
        numbers: NDArray[np.float64] = whole.to_numpy().astype(np.float64)
        return numbers
    if kinds.is_nested(column.type):
        return np.full(len(column), np.nan)
    codes, values = _distinct(column)
    return np.array([_number(value) for value in values] + [np.nan], dtype=np.float64)[codes]


def _number(value: object) -> float:
    """Read a text as a number, NaN if it is not one."""
    try:
        return float(value) if isinstance(value, str) and value.isascii() and "_" not in value else np.nan
    except ValueError:
        return np.nan


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """Convert a whole column at once, None if a value cannot be: most files are clean, and this is 20 times faster."""
    try:
        return column.cast(kind, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _distinct(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[Any]]:
    """Return a code per row, -1 where the file has nothing, and the distinct values."""
    coded = column if kinds.is_dictionary(column.type) else column.dictionary_encode()
    whole = coded.unify_dictionaries().combine_chunks()
    codes = whole.indices.cast(pa.int64()).fill_null(-1).to_numpy()
    return codes, whole.dictionary.to_pylist()


def read_times(column: pa.ChunkedArray, unit: str) -> "pd.Series[Any]":
    """Read a column as times.

    Args:
        column: times, dates, numbers or text; a time without an offset is UTC.
        unit: s, ms or us since 1970, iso, or auto: text is iso if its first value is not a number, all else is s.

    Returns:
        datetime64[us, UTC], one per row; NaT where there is no such time.
    """
    if kinds.is_timestamp(column.type) or kinds.is_date(column.type):
        return _utc(_stamps(column))
    if is_text(column) and (unit == "iso" or (unit == "auto" and np.isnan(_number(column[0].as_py())))):
        return _utc(_iso_times(column))
    # Below 2^53 a float holds every microsecond: exact until the year 2255.
    ticks = read_numbers(column) * _MICROSECONDS.get(unit, np.nan)
    whole = np.clip(np.nan_to_num(ticks, nan=0.0), -_FARTHEST, _FARTHEST).round().astype("int64")
    return _utc(np.where(np.isnan(ticks), _NO_TIME, whole.astype("datetime64[us]")))


def _iso_times(column: pa.ChunkedArray) -> NDArray[np.datetime64]:
    for kind in (pa.timestamp("us"), pa.timestamp("us", tz="UTC")):
        whole = _cast(column, kind)
        if whole is not None:
            return _stamps(whole)
    codes, texts = _distinct(column)
    return np.append(_parse_iso(texts), _NO_TIME)[codes]


def _stamps(column: pa.ChunkedArray) -> NDArray[np.datetime64]:
    stamps = column.cast(pa.timestamp("us"), safe=False) if kinds.is_date(column.type) else column
    ticks = stamps.cast(pa.timestamp("us", tz="UTC"), safe=False).cast(pa.int64())
    return np.where(ticks.is_valid().to_numpy(), ticks.fill_null(0).to_numpy().astype("datetime64[us]"), _NO_TIME)


def _parse_iso(texts: Sequence[str]) -> NDArray[np.datetime64]:
    """Parse ISO 8601; the pattern excludes what pandas also accepts, such as `now`."""
    values = pd.Series(list(texts), dtype="str").str.strip()
    plain = values.where(values.str.fullmatch(_ISO).astype(bool))
    times = pd.to_datetime(plain, format="ISO8601", utc=True, errors="coerce")
    return times.dt.tz_convert(None).to_numpy(dtype="datetime64[us]")


def _utc(times: NDArray[Any]) -> "pd.Series[Any]":
    return pd.Series(times.astype("datetime64[us]")).dt.tz_localize("UTC")


def read_dates(table: RawTable, name: str) -> tuple[list[str | None], NDArray[np.bool_]]:
    """Read a column of dates, some of which may be unknown.

    Args:
        table: the table as written in its file.
        name: a column of times, dates, ISO 8601 text or years; a year alone means its first day.

    Returns:
        ISO dates, None where there is none; and whether each value of the file could be read or was empty.
    """
    texts = [(text or "").strip() for text in table.texts(name)]
    days = _parse_iso([f"{text}-01-01" if _YEAR.fullmatch(text) else text for text in texts]).astype("datetime64[D]")
    known = ~np.isnat(days)
    dates = [str(day) if there else None for day, there in zip(days, known, strict=True)]
    return dates, known | np.array([not text for text in texts])
