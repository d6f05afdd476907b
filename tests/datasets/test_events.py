from typing import Any

import pandas as pd
import pytest

from recommender.datasets.events import Limits, check_variety, read_events
from recommender.errors import DataError
from tests.datasets.helpers import LATEST, events, raw_table

NAMES = {"user_id": "who", "item_id": "what", "rating": "stars", "timestamp": "at"}
LAST = int(LATEST.timestamp())


def read(names: dict[str, str] = NAMES, scale: tuple[float, float] | None = (1, 9), **second: Any) -> pd.DataFrame:
    row = {"who": "b", "what": "y", "stars": "9", "at": "2"} | second
    first = {"who": "a", "what": "x", "stars": "1", "at": "1"}
    table = raw_table(**{name: [first[name], row[name]] for name in row})
    return read_events(table, names, Limits(scale, LATEST))


def test_the_limits_include_their_ends() -> None:
    assert read()["rating"].tolist() == [1, 9]
    assert read(at="0")["timestamp"].iloc[1] == pd.Timestamp(0, tz="UTC")
    assert read(at=str(LAST))["timestamp"].iloc[1] == LATEST


def test_each_rule_names_line_column_value_and_expectation() -> None:
    cases = [
        ("who", "", "an id, without a NUL character"),
        ("what", None, "an id, without a NUL character"),
        ("stars", "nan", "a finite number, at most 1e+12"),
        ("stars", "inf", "a finite number, at most 1e+12"),
        ("stars", "-inf", "a finite number, at most 1e+12"),
        ("stars", "9.01", "a rating from 1 to 9"),
        ("stars", "0.99", "a rating from 1 to 9"),
        ("at", "x", "seconds since 1970 (dataset.time_unit: s)"),
        ("at", "-1", "a time from 1970 on, in seconds"),
        ("at", f"{LAST}.000001", "a time that is not in the future, in seconds"),
    ]
    for column, value, expected in cases:
        with pytest.raises(DataError) as caught:
            read(**{column: value})
        start = f"log.csv, line 3: column {column!r}: found {value!r}, expected {expected}"
        assert str(caught.value).startswith(start), (column, value)


def test_without_a_scale_any_finite_rating_is_valid() -> None:
    assert read(scale=None, stars="-1e12")["rating"].tolist() == [1, -1e12]


def test_a_log_without_ratings_counts_each_event_as_one_whatever_the_scale() -> None:
    names = {key: name for key, name in NAMES.items() if key != "rating"}
    assert read(names, scale=(2, 5))["rating"].tolist() == [1, 1]


def test_the_first_broken_rule_is_reported() -> None:
    with pytest.raises(DataError, match="line 3: column 'who'"):
        read(who="", stars="x", at="x")


def test_variety_needs_two_users_and_two_items() -> None:
    check_variety(events([(1, 1, 1, 1), (2, 2, 1, 1)]), "log", "do")
    with pytest.raises(DataError, match=r"^log: found only one user \(1\), expected at least two; do$"):
        check_variety(events([(1, 1, 1, 1), (1, 2, 1, 1)]), "log", "do")
    with pytest.raises(DataError, match="only one item"):
        check_variety(events([(1, 1, 1, 1), (2, 1, 1, 1)]), "log", "do")
