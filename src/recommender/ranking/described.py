"""Events and items with the further columns that the ranker uses, and how these are written as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from recommender.columns import ITEM, USER
from recommender.errors import ParameterError
from recommender.features.context import ItemTable, item_further, item_table
from recommender.log.further import Encoding, by_id, encoding_of, with_events, with_users
from recommender.log.histories import Histories, build_histories
from recommender.log.splitting import further_columns
from recommender.ranking.settings import ModelParams

PLACES = {
    "user": "users_path and name them in dataset.user_columns",
    "item": "items_path and name them in dataset.item_columns",
    "request": "columns",
}
"""Where the further columns of each kind are named."""


@dataclass(frozen=True)
class Described:
    """What the features are computed from.

    Attributes:
        histories: events, with their further columns and those of their users.
        items: the items, with their further columns.
        encodings: how each kind of columns is written as numbers, by the group of features that uses it; None if off.
    """

    histories: Histories
    items: ItemTable
    encodings: dict[str, Encoding | None]


def describe_all(
    parts: Sequence[pd.DataFrame], items: pd.DataFrame, users: pd.DataFrame, params: ModelParams
) -> Described:
    """Build the histories, find how further columns are written as numbers, and give them to the events and items.

    Args:
        parts: of the log; the levels of texts are those of its users and items, and of the events of its first part.
        items: the table of items.
        users: the table of users.
        params: all parameters; what no group of features uses is left out.

    Raises:
        ParameterError: a group is on and there is no column for it; or see `require_one_answer`.
    """
    require_one_answer(params)
    histories, features = build_histories(parts, params.base.again_after_days), params.features
    of_users = of_items = of_requests = None
    if features.user_columns:
        table = by_id(users, USER, histories.users)
        of_users = _learn(table, "user")
        histories = with_users(histories, users, of_users)
    if features.item_columns:
        table = by_id(items, ITEM, histories.items)[item_further(items)]
        of_items = _learn(table, "item")
    if features.request_columns:
        of_requests = _learn(parts[0][further_columns(parts[0])], "request")
        histories = with_events(histories, parts, of_requests)
    encodings = {"user_columns": of_users, "item_columns": of_items, "request_columns": of_requests}
    return Described(histories, item_table(items, histories.items, of_items), encodings)


def _learn(table: pd.DataFrame, word: str) -> Encoding:
    encoding = encoding_of(table)
    if not encoding:
        raise without_columns(word)
    return encoding


def without_columns(word: str) -> ParameterError:
    """Return what is wrong if a group is on and there is no column for it; the word is a key of `PLACES`."""
    return ParameterError(
        f"features.{word}_columns: there are no further columns of {word}s; set dataset.{PLACES[word]} (numbers, "
        f"texts), or set features.{word}_columns: false"
    )


def require_one_answer(params: ModelParams) -> None:
    """Refuse columns of requests that have several answers.

    Raises:
        ParameterError: `features.request_columns` is on with such requests.
    """
    if params.features.request_columns and params.split.method != "last_interaction":
        raise ParameterError(
            f"features.request_columns: with split.method: {params.split.method}, a request has many answers, each "
            "with values of its own; set split.method: last_interaction, or features.request_columns: false"
        )
