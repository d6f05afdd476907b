"""Converts raw columns to times and dates. What cannot be read becomes missing; `events` reports it."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.types as kinds
from numpy.typing import NDArray

from recommender.datasets.raw_tables import RawTable
from recommender.datasets.values import cast_whole, distinct, is_text, number_in, read_numbers

MICROSECONDS = {"auto": 1e6, "s": 1e6, "ms": 1e3, "us": 1.0}
"""Microseconds in one of each `dataset.time_unit` that counts."""
_FARTHEST = float(1 << 53)
_STEP = 1 << 20
"""Rows that are converted at a time: each takes some arrays of them."""
_NO_TIME = np.datetime64("NaT", "us")
_ISO = r"\d{4}-\d{2}-\d{2}(?:[T ].*)?"
_YEAR = re.compile(r"[0-9]{4}")


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
    if is_text(column) and (unit == "iso" or (unit == "auto" and np.isnan(number_in(column[0].as_py())))):
        return _utc(_iso_times(column))
    numbers, scale = read_numbers(column), MICROSECONDS.get(unit, np.nan)
    times = np.empty(len(numbers), dtype="datetime64[us]")
    for at in range(0, len(times), _STEP):
        times[at : at + _STEP] = _since_epoch(numbers[at : at + _STEP] * scale)
    return _utc(times)


def _since_epoch(ticks: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Return the times of microseconds: below 2^53 a float holds every one of them, exact until the year 2255."""
    whole = np.clip(np.nan_to_num(ticks, nan=0.0), -_FARTHEST, _FARTHEST).round().astype("int64")
    return np.where(np.isnan(ticks), _NO_TIME, whole.astype("datetime64[us]"))


def _iso_times(column: pa.ChunkedArray) -> NDArray[np.datetime64]:
    for kind in (pa.timestamp("us"), pa.timestamp("us", tz="UTC")):
        whole = cast_whole(column, kind)
        if whole is not None:
            return _stamps(whole)
    codes, texts = distinct(column)
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
    return pd.Series(times.astype("datetime64[us]", copy=False), copy=False).dt.tz_localize("UTC")


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
