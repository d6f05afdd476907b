from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recommender.log.further import (
    MOST_LEVELS,
    as_matrix,
    encode,
    encoding_of,
    from_matrix,
    text_features,
    with_events,
    with_users,
)
from recommender.log.histories import Column, build_histories
from tests.logs import histories_of, sequences

NAN = np.nan


def texts(*values):
    return pd.DataFrame({"shop": pd.array(values, "str")})


class TestLevels:
    def test_numbers_have_none_and_texts_are_sorted(self):
        table = pd.DataFrame({"age": [3.0, None], "shop": pd.array(["b", "a"], "str")})
        assert encoding_of(table) == {"age": [], "shop": ["a", "b"]}

    def test_the_most_frequent_ones_are_kept_and_of_equally_frequent_ones_the_first(self):
        names = [f"s{at:03d}" for at in range(MOST_LEVELS + 1)]
        found = encoding_of(texts(*names, names[-1]))["shop"]
        assert found == sorted([*names[: MOST_LEVELS - 1], names[-1]])

    def test_they_do_not_depend_on_the_order_of_the_rows(self):
        names = [f"s{at % 300:03d}" for at in range(1000)]
        assert encoding_of(texts(*names)) == encoding_of(texts(*reversed(names)))


def test_the_columns_have_one_order_whatever_that_of_the_table():
    """Recipes are JSON with sorted keys, and the order of the features follows that of the columns."""
    assert list(encoding_of(pd.DataFrame({"b": [1.0], "a": [2.0], "C": [3.0]}))) == ["C", "a", "b"]


class TestCodes:
    def test_a_text_has_the_place_of_its_level(self):
        found = encode(texts("b", None, "a", "new"), {"shop": ["a", "b"]})["shop"]
        assert found.text
        assert found.values.tolist() == pytest.approx([1, NAN, 0, NAN], nan_ok=True)

    def test_a_rare_text_is_one_of_the_others(self):
        levels = [f"s{at:03d}" for at in range(MOST_LEVELS)]
        found = encode(texts("s003", "rare", None), {"shop": levels})["shop"].values
        assert found.tolist() == pytest.approx([3, MOST_LEVELS, NAN], nan_ok=True)

    def test_a_number_is_what_it_is(self):
        found = encode(pd.DataFrame({"age": [1.5, None]}), {"age": []})["age"]
        assert not found.text
        assert found.values.tolist() == pytest.approx([1.5, NAN], nan_ok=True)

    def test_texts_of_which_none_was_known(self):
        table = texts(None, "a")
        assert np.isnan(encode(table, encoding_of(table[:1]))["shop"].values).all()


def test_columns_come_back_from_their_matrix():
    table = pd.DataFrame({"age": [1.0, 2.0], "shop": pd.array(["x", "y"], "str")})
    encoding = encoding_of(table)
    columns = encode(table, encoding)
    again = from_matrix(as_matrix(columns), encoding)
    assert {name: (column.values.tolist(), column.text) for name, column in again.items()} == {
        "age": ([1, 2], False),
        "shop": ([0, 1], True),
    }


def test_each_user_has_the_values_of_its_row_and_a_user_without_row_none():
    users = pd.DataFrame({"user_id": [7, 1, 9], "club": pd.array(["x", "y", "z"], "str")})
    found = with_users(histories_of({1: "ab", 5: "b", 7: "a"}), users, {"club": ["x", "y"]})
    assert found.user_columns["club"].values.tolist() == pytest.approx([1, NAN, 0], nan_ok=True)
    assert found.until(np.array([1, 0, 1])).user_columns is found.user_columns


def test_a_row_of_minus_one_is_unknown():
    column = Column(np.array([4, 5], dtype=np.float32), text=False)
    assert column.at(np.array([1, -1, 0])).values.tolist() == pytest.approx([5, NAN, 4], nan_ok=True)
    assert replace(column, text=True)[np.array([1])].text


def test_only_codes_of_texts_have_no_order():
    names = ["user_number_user_text_", "user_text_club", "item_text_brand", "user_lift_club", "user_events"]
    assert text_features(names) == (1, 2)


def test_events_keep_their_values_in_the_order_of_the_histories():
    """User 2 comes first in the table, and the second part has later events."""
    parts = [
        sequences({2: "ab", 1: "c"}).assign(device=pd.array(["x", "y", "z"], "str")),
        sequences({1: "d"}).assign(device=pd.array([None], "str")),
    ]
    histories = build_histories(parts)
    found = with_events(histories, parts, {"device": ["x", "y", "z"]})
    assert histories.items[found.item].tolist() == ["c", "d", "a", "b"]
    assert found.event_columns["device"].values.tolist() == pytest.approx([2, NAN, 0, 1], nan_ok=True)
    kept = found.until(np.array([1, 1])).event_columns["device"]
    assert kept.values.tolist() == [2, 0]
