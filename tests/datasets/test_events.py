from typing import Any

import pandas as pd
import pytest

from recommender.datasets.events import Limits, check_variety, read_events
from recommender.errors import DataError
from tests.datasets.helpers import LATEST, events, raw_table

NAMES = {"user_id": "who", "item_id": "what", "rating": "stars", "timestamp": "at"}
LAST = int(LATEST.timestamp())


def read(
    names: dict[str, str] = NAMES,
    scale: tuple[float, float] | None = (1, 9),
    unit: str = "s",
    first: str = "900000000",
    **second: Any,
) -> pd.DataFrame:
    row = {"who": "b", "what": "y", "stars": "9", "at": "900000002"} | second
    before = {"who": "a", "what": "x", "stars": "1", "at": first}
    table = raw_table(**{name: [before[name], row[name]] for name in row})
    return read_events(table, names, Limits(scale, LATEST, unit))


def refusal(**changes: Any) -> str:
    with pytest.raises(DataError) as caught:
        read(**changes)
    return str(caught.value)


def test_the_limits_include_their_ends() -> None:
    assert read()["rating"].tolist() == [1, 9]
    assert read(at="315532800")["timestamp"].iloc[1] == pd.Timestamp("1980-01-01", tz="UTC")
    assert read(at=str(LAST))["timestamp"].iloc[1] == LATEST


def test_each_rule_names_line_column_value_and_expectation() -> None:
    cases = [
        ("who", "", "an id: not empty"),
        ("what", None, "an id: not empty"),
        ("stars", "nan", "a finite number, at most 1e+12"),
        ("stars", "inf", "a finite number, at most 1e+12"),
        ("stars", "-inf", "a finite number, at most 1e+12"),
        ("stars", "9.01", "a rating from 1 to 9"),
        ("stars", "0.99", "a rating from 1 to 9"),
        ("at", "x", "seconds since 1970 (dataset.time_unit: s)"),
        ("at", "315532799", "a time from 1980-01-01 (dataset.earliest) on, in seconds"),
        ("at", "-1", "a time from 1980-01-01 (dataset.earliest) on, in seconds"),
        ("at", "0", "a time from 1980-01-01 (dataset.earliest) on, in seconds"),
        ("at", f"{LAST}.000001", "a time that is not in the future, in seconds"),
    ]
    for column, value, expected in cases:
        start = f"log.csv, line 3: column {column!r}: found {value!r}, expected {expected}"
        assert refusal(**{column: value}).startswith(start), (column, value)


def test_a_number_in_another_unit_is_refused_with_what_to_try() -> None:
    # 19,753 days after 1970-01-01 is 2024-01-31: 28,444,320 minutes, 1,706,659,200 s; a spreadsheet counts 25,569 more.
    iso = "; write days, minutes, years, nanoseconds and dates such as 20240131 as ISO 8601;"
    cases = [
        ("s", "1706659200000", "; try dataset.time_unit: ms;"),
        ("auto", "1706659200000000", "; try dataset.time_unit: us;"),
        ("ms", "1706659200", "; try dataset.time_unit: s;"),
        ("us", "1706659200000", "; try dataset.time_unit: ms;"),
        *[("s", text, iso) for text in ("20240131", "2024", "45322", "28444320", "19753", "1706659200000000000")],
    ]
    for unit, text, advice in cases:
        assert advice in refusal(unit=unit, first=text, at=text), (unit, text)


def test_a_last_line_that_is_cut_inside_its_time_is_refused() -> None:
    for length in range(1, len("1706659200")):
        assert "line 3: column 'at': found" in refusal(at="1706659200"[:length]), length


def test_times_in_the_column_of_ratings_are_told() -> None:
    message = refusal(scale=None, first="4", at="5", stars="900000000")
    assert "line 2: column 'at': found '4'" in message
    hint = "; column 'stars' holds a time and 'at' none: look whether dataset.columns has the two swapped;"
    for time in ("1706659200", "1706659200000", "1706659200000000", "2024-01-31", "2024-01-31T00:00:00Z"):
        for scale in (None, (1, 5)):
            assert hint in refusal(scale=scale, at="5", stars=time), (time, scale)
    assert "swapped" not in refusal(scale=None, stars="1706659200000", at="900000000")
    assert "swapped" not in refusal(scale=None, stars="many", at="5")


def test_a_log_without_times_has_zeros_and_another_one_none() -> None:
    assert read(first="0", at="0")["timestamp"].tolist() == [pd.Timestamp(0, tz="UTC")] * 2
    assert "line 2: column 'at': found '0'" in refusal(first="0", at="1")


def test_every_word_for_a_missing_id_is_refused() -> None:
    words = ["", " ", "NULL", "null", r"\N", "None", "<NA>", "NA", "N/A", "nan", "NaN", "NaT", " NA ", "none", "#REF!"]
    for word in words:
        assert all("expected an id" in refusal(**{column: word}) for column in ("who", "what")), word


def test_ids_that_a_program_wrote_as_floats_are_refused() -> None:
    found = raw_table(who=["1", "2.0"], what=["a", "2.0"], stars=["1", "1"], at=["900000000"] * 2)
    with pytest.raises(DataError, match=r"line 3: column 'who': found '2.0', expected an integer, as every id in this"):
        read_events(found, NAMES, Limits(None, LATEST))
    assert read(what="2.0")["item_id"].tolist() == ["x", "2.0"]


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
