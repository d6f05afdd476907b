import numpy as np
import pandas as pd
import pytest

from recommender.errors import ParameterError
from recommender.ranking.described import describe_all
from tests.knowing import params_of
from tests.logs import sequences

TRAIN = sequences({1: "ab", 5: "b", 7: "a"}).assign(device=pd.array(["tv", "phone", None, "phone"], "str"))
VALID = sequences({1: "a"}, start=9999).assign(device=pd.array(["watch"], "str"))
USERS = pd.DataFrame({"user_id": [7, 1, 9], "club": pd.array(["x", "y", "z"], "str")})
ITEMS = pd.DataFrame(
    {
        "item_id": ["a", "b", "c"],
        "title": ["A", "B", "C"],
        "release_date": pd.array([None] * 3, "str"),
        "genre_x": np.zeros(3, dtype=np.uint8),
        "price": [1.5, 2.5, 3.5],
        "brand": pd.array(["n", None, "m"], "str"),
    }
)


GROUPS = ("user_columns", "item_columns", "request_columns")


def describe(parts=(TRAIN, VALID), items=ITEMS, users=USERS, **on):
    """Describe the log with these groups on, whatever params.yaml says."""
    params = params_of(features=dict.fromkeys(GROUPS, False) | on, split={"method": "last_interaction"})
    return describe_all(parts, items, users, params)


def test_nothing_is_described_unless_a_group_uses_it():
    found = describe()
    assert (found.histories.user_columns, found.histories.event_columns, found.items.further) == ({}, {}, {})
    assert found.encodings == dict.fromkeys(GROUPS)


def test_levels_are_those_of_the_users_and_items_of_the_log():
    found = describe(user_columns=True, item_columns=True)
    assert found.encodings == {
        "user_columns": {"club": ["x", "y"]},
        "item_columns": {"brand": ["n"], "price": []},
        "request_columns": None,
    }
    assert found.histories.user_columns["club"].values.tolist() == pytest.approx([1, np.nan, 0], nan_ok=True)
    assert found.items.further["price"].values.tolist() == [1.5, 2.5]
    assert found.items.further["brand"].values.tolist() == pytest.approx([0, np.nan], nan_ok=True)


def test_each_event_keeps_its_values_and_only_the_first_part_says_what_they_are():
    """The events in the order of the users: a, b and then a later one of user 1; b of user 5; a of user 7."""
    found = describe(request_columns=True)
    assert found.encodings["request_columns"] == {"device": ["phone", "tv"]}
    assert found.histories.item.tolist() == [0, 1, 0, 1, 0]
    expected = [1, 0, np.nan, np.nan, 0]
    assert found.histories.event_columns["device"].values.tolist() == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("word", ["user", "item", "request"])
def test_a_group_without_columns_is_refused(word):
    parts = [part.drop(columns="device") for part in (TRAIN, VALID)]
    with pytest.raises(ParameterError, match=rf"features.{word}_columns: there are no further columns of {word}s"):
        describe(parts, ITEMS.iloc[:, :4], USERS[["user_id"]], **{f"{word}_columns": True})


def test_requests_with_several_answers_have_no_columns():
    params = params_of(features={"request_columns": True}, split={"method": "global_time"})
    with pytest.raises(ParameterError, match=r"request_columns: with split.method: global_time, a request has many"):
        describe_all([TRAIN, VALID], ITEMS, USERS, params)
