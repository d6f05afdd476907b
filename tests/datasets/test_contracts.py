import numpy as np
import pandas as pd
import pytest

from recommender.datasets.contracts import Limits, check, check_variety, event_rules, item_rules
from recommender.errors import DataError
from tests.datasets.helpers import LATEST, events, raw_table

NAMES = {"user_id": "who", "item_id": "what", "rating": "stars", "timestamp": "at"}
TABLE = raw_table(who=["a", "b"], what=["x", "y"], stars=["1", "9"], at=["1", "2"])


def good() -> pd.DataFrame:
    return events([(True, True, 1.0, 1), (True, True, 9.0, 2)])


def broken(column: str, value: object) -> str:
    columns = good()
    columns[column] = columns[column].astype(object) if column in ("user_id", "item_id") else columns[column]
    columns.loc[1, column] = value
    typed = columns.astype({"user_id": bool, "item_id": bool})
    with pytest.raises(DataError) as caught:
        check(typed, event_rules(Limits((1, 10), LATEST)), TABLE, NAMES)
    return str(caught.value)


def test_good_events_pass() -> None:
    check(good(), event_rules(Limits((1, 9), LATEST)), TABLE, NAMES)
    check(good(), event_rules(Limits(None, LATEST)), TABLE, NAMES)


@pytest.mark.parametrize("column", ["user_id", "item_id"])
def test_an_absent_id_is_a_breach(column: str) -> None:
    assert f"line 3: column {NAMES[column]!r}: found " in broken(column, False)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_only_finite_ratings_pass(value: float) -> None:
    assert "line 3: column 'stars': found '9', expected a finite number" in broken("rating", value)


def test_the_scale_includes_its_ends() -> None:
    check(good(), event_rules(Limits((1, 9), LATEST)), TABLE, NAMES)
    assert "expected a rating from 1 to 10" in broken("rating", 10.01)


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (pd.NaT, "seconds since 1970 (dataset.time_unit: s); "),
        (pd.Timestamp("1969-12-31T23:59:59Z"), "a time from 1970 on"),
        (LATEST + pd.Timedelta(microseconds=1), "a time that is not in the future"),
    ],
)
def test_times_lie_between_1970_and_the_latest(time: object, said: str) -> None:
    assert said in broken("timestamp", time)


def test_a_column_that_the_file_does_not_have_is_not_checked() -> None:
    names = {key: value for key, value in NAMES.items() if key != "rating"}
    check(good().assign(rating=np.nan), event_rules(Limits((1, 5), LATEST)), TABLE, names)


def test_the_first_rule_that_breaks_speaks() -> None:
    columns = good().assign(user_id=[True, False], rating=[np.nan, 1.0])
    with pytest.raises(DataError, match="line 3: column 'who'"):
        check(columns, event_rules(Limits(None, LATEST)), TABLE, NAMES)


def test_items_are_there_once() -> None:
    table = raw_table(key=["a", "b", "a", "a"])
    columns = pd.DataFrame({"item_id": pd.array([0, 1, 0, 0], "Int64"), "release_date": True})
    with pytest.raises(DataError, match="line 4: column 'key': found 'a', expected each item once; the first of 2"):
        check(columns, item_rules(), table, {"item_id": "key"})


def test_variety_wants_two_users_and_two_items() -> None:
    check_variety(events([(1, 1, 1, 1), (2, 2, 1, 1)]), "log", "do")
    with pytest.raises(DataError, match=r"^log: found one user only \(1\), expected at least two; do$"):
        check_variety(events([(1, 1, 1, 1), (1, 2, 1, 1)]), "log", "do")
    with pytest.raises(DataError, match="one item only"):
        check_variety(events([(1, 1, 1, 1), (2, 1, 1, 1)]), "log", "do")
