"""Events and items with the further columns that the ranker uses, and how these are written as numbers."""

from dataclasses import dataclass

import pandas as pd

from recommender.columns import ITEM, USER
from recommender.errors import ParameterError
from recommender.features.context import ItemTable, further_columns, item_table
from recommender.features.settings import Features
from recommender.log.further import Encoding, by_id, encoding_of, with_users
from recommender.log.histories import Histories


@dataclass(frozen=True)
class Described:
    """What the features are computed from.

    Attributes:
        histories: events, with the further columns of their users.
        items: the items, with their further columns.
        encodings: how each kind of columns is written as numbers, by the group of features that uses it; None if off.
    """

    histories: Histories
    items: ItemTable
    encodings: dict[str, Encoding | None]


def describe_all(histories: Histories, features: Features, items: pd.DataFrame, users: pd.DataFrame) -> Described:
    """Find how further columns are written as numbers, and give them to the events and items.

    Args:
        histories: events; the levels of texts are those of their users and items.
        features: the groups of features; what no group uses is left out.
        items: the table of items.
        users: the table of users.

    Raises:
        ParameterError: a group is on and there is no column for it.
    """
    of_users = of_items = None
    if features.user_columns:
        of_users = _learn(by_id(users, USER, histories.users), "user")
        histories = with_users(histories, users, of_users)
    if features.item_columns:
        of_items = _learn(by_id(items, ITEM, histories.items)[further_columns(items)], "item")
    encodings = {"user_columns": of_users, "item_columns": of_items}
    return Described(histories, item_table(items, histories.items, of_items), encodings)


def _learn(table: pd.DataFrame, word: str) -> Encoding:
    encoding = encoding_of(table)
    if not encoding:
        raise ParameterError(
            f"features.{word}_columns: there is no table of {word}s with further columns; set dataset.{word}s_path and "
            f"name them in dataset.{word}_columns (numbers, texts), or set features.{word}_columns: false"
        )
    return encoding
