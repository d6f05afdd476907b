import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.datasets.times import read_dates, read_times
from tests.datasets.helpers import raw_table

NOON = "2024-05-31T12:00:00"
UTC = dt.UTC


def times(values: list[object], unit: str = "auto") -> list[object]:
    series = read_times(pa.chunked_array([values]), unit)
    assert series.dtype == "datetime64[us, UTC]"
    return [None if pd.isna(value) else value.isoformat() for value in series]


@pytest.mark.parametrize(
    ("text", "unit"),
    [("1717156800", "s"), ("1717156800000", "ms"), ("1717156800000000", "us"), ("1717156800", "auto"), (NOON, "iso")],
)
def test_each_unit(text: str, unit: str) -> None:
    # 1717156800 = 19874 days x 86400 s + 12 h, and day 19874 after 1970-01-01 is 2024-05-31.
    assert times([text], unit) == [f"{NOON}+00:00"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-31", "2024-05-31T00:00:00+00:00"),
        ("2024-05-31 12:00:00", f"{NOON}+00:00"),
        ("2024-05-31T12:00:00Z", f"{NOON}+00:00"),
        ("2024-05-31T14:00:00+02:00", f"{NOON}+00:00"),
        ("2024-05-31T06:30:00-0530", f"{NOON}+00:00"),
        ("2024-05-31T12:00:00.5", "2024-05-31T12:00:00.500000+00:00"),
        ("2024-05-31T12:00:00.123456789Z", "2024-05-31T12:00:00.123456+00:00"),
        (" 2024-05-31T12:00:00 ", f"{NOON}+00:00"),
    ],
)
def test_iso_with_and_without_offset_alone_and_among_others(text: str, expected: str) -> None:
    assert times([text], "iso") == [expected]
    assert times([text, "2024-05-31", "2024-05-31T00:00:00+09:00"], "iso")[0] == expected


@pytest.mark.parametrize(
    "text", ["now", "today", "2024", "20240531", "31.05.2024", "05/31/2024", "2024-13-01", "2024-02-30", "", "nan"]
)
def test_what_is_not_iso_is_missing(text: str) -> None:
    assert times([NOON, text], "iso")[1] is None
    assert times([text], "iso") == [None]


def test_auto_follows_the_first_value() -> None:
    assert times([NOON, "100"]) == [f"{NOON}+00:00", None]
    assert times(["100", NOON]) == ["1970-01-01T00:01:40+00:00", None]


@given(st.integers(0, 2**32 * 10**6))
def test_every_microsecond_is_exact_in_every_unit(ticks: int) -> None:
    expected = (dt.datetime(1970, 1, 1, tzinfo=UTC) + dt.timedelta(microseconds=ticks)).isoformat()
    assert times([str(ticks)], "us") == [expected]
    assert times([ticks], "us") == [expected]
    assert times([f"{ticks // 1000}.{ticks % 1000:03d}"], "ms") == [expected]
    assert times([f"{ticks // 10**6}.{ticks % 10**6:06d}"], "s") == [expected]
    assert times([expected], "iso") == [expected]


@pytest.mark.parametrize("text", ["1e30", "inf", "99999999999999999999"])
def test_numbers_beyond_any_calendar_are_far_in_the_future(text: str) -> None:
    assert str(times([text])[0]) > "2250"


def test_negative_numbers_are_kept_for_the_contract_to_refuse() -> None:
    assert times(["-1"]) == ["1969-12-31T23:59:59+00:00"]


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_typed_times_keep_their_instant(zone: str | None, unit: str) -> None:
    column = pa.chunked_array([pa.array([1717156800, None], pa.int64()).cast(pa.timestamp("s"))])
    typed = column.cast(pa.timestamp("s", tz="UTC")).cast(pa.timestamp(unit, tz=zone)) if zone else column
    assert list(read_times(typed, "ms").isna()) == [False, True]
    assert read_times(typed, "ms")[0].isoformat() == f"{NOON}+00:00"


def test_typed_dates_are_midnight() -> None:
    assert times([dt.date(2024, 5, 31)]) == ["2024-05-31T00:00:00+00:00"]


def test_numbers_cannot_be_iso() -> None:
    assert times([100, 200], "iso") == [None, None]


@pytest.mark.parametrize("values", [[[1]], [dt.timedelta(1)], [True]])
def test_other_types_do_not_crash(values: list[object]) -> None:
    assert len(times(values)) == 1


def test_dates_of_items() -> None:
    values = ["1995", "1995-06-30", "1995-06-30T23:00:00Z", "", None, "soon", "199"]
    dates, readable = read_dates(raw_table(d=values), "d")
    assert dates == ["1995-01-01", "1995-06-30", "1995-06-30", None, None, None, None]
    assert list(readable) == [True, True, True, True, True, False, False]


@pytest.mark.parametrize("value", [1995, dt.date(1995, 1, 1), dt.datetime(1995, 1, 1, 5), "1995-01-01"])
def test_dates_of_any_type(value: object) -> None:
    assert read_dates(raw_table(d=[value]), "d")[0] == ["1995-01-01"]
