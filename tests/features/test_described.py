import numpy as np
import pandas as pd
import pytest

from recommender.errors import ParameterError
from recommender.features.assemble import GROUPS
from recommender.features.described import describe_all
from recommender.features.settings import Features
from tests.logs import histories_of

HISTORIES = histories_of({1: "ab", 5: "b", 7: "a"})
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


def features(**on):
    return Features.model_validate(dict.fromkeys(GROUPS, True) | {"user_columns": False, "item_columns": False} | on)


def test_nothing_is_described_unless_a_group_uses_it():
    found = describe_all(HISTORIES, features(), ITEMS, USERS)
    assert found.histories is HISTORIES
    assert found.items.further == {}
    assert found.encodings == {"user_columns": None, "item_columns": None}


def test_levels_are_those_of_the_users_and_items_of_the_log():
    found = describe_all(HISTORIES, features(user_columns=True, item_columns=True), ITEMS, USERS)
    assert found.encodings == {"user_columns": {"club": ["x", "y"]}, "item_columns": {"price": [], "brand": ["n"]}}
    assert found.histories.user_columns["club"].values.tolist() == pytest.approx([1, np.nan, 0], nan_ok=True)
    assert found.items.further["price"].values.tolist() == [1.5, 2.5]
    assert found.items.further["brand"].values.tolist() == pytest.approx([0, np.nan], nan_ok=True)


@pytest.mark.parametrize("word", ["user", "item"])
def test_a_group_without_columns_is_refused(word):
    with pytest.raises(ParameterError, match=rf"features.{word}_columns: .* set dataset.{word}s_path"):
        describe_all(HISTORIES, features(**{f"{word}_columns": True}), ITEMS.iloc[:, :4], USERS[["user_id"]])
