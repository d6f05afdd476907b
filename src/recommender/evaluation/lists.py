"""Checks recommendations and turns them into one padded matrix per policy."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import ITEM, RANK, RECOMMENDATION, USER
from recommender.errors import DataError
from recommender.evaluation.reference import Reference, require_columns

NOTHING = -1


def pad(recommendations: pd.DataFrame, reference: Reference, width: int, name: str) -> NDArray[np.int32]:
    """Turn ranked lists into a matrix with one row per held-out user.

    Args:
        recommendations: user_id, rank (from 1, without gaps), item_id, score; rows in any order.
        reference: what they are measured against.
        width: ranks kept; later ones are not looked at.
        name: what the frame holds, for messages.

    Returns:
        int32 (users, width): the item's code at rank 1, 2, ... and -1 after the end of the list. A user without
        recommendations has a row of -1.

    Raises:
        DataError: a column is missing, a user is not in test, an item is not in the catalogue, a user has the same item
            twice, or a user's ranks are not 1, 2, ..., n.
    """
    require_columns(recommendations, RECOMMENDATION, name)
    users = _codes(recommendations[USER], reference.users, name, "test; recommend for the users of test, no others")
    where = "the catalogue (items of train and valid); recommend items that the history has"
    items = _codes(recommendations[ITEM], reference.catalogue, name, where)
    ranks = _whole(recommendations[RANK], name)
    _check_items(recommendations, users, items, len(reference.catalogue), name)
    _check_ranks(recommendations, users, ranks, name)
    lists = np.full((len(reference.users), width), NOTHING, np.int32)
    kept = ranks <= width
    lists[users[kept], ranks[kept] - 1] = items[kept]
    return lists


def hits(lists: NDArray[np.int32], reference: Reference) -> NDArray[np.bool_]:
    """Mark the recommended items that the user held out.

    Args:
        lists: (users, width) as `pad` returns it.
        reference: what they are measured against.

    Returns:
        Boolean (users, width); False after the end of a list.
    """
    keys = np.arange(len(lists), dtype=np.int64)[:, None] * len(reference.catalogue) + lists
    if not len(reference.held_out):
        return np.zeros(lists.shape, dtype=np.bool_)
    place = np.searchsorted(reference.held_out, keys).clip(max=len(reference.held_out) - 1)
    found: NDArray[np.bool_] = (reference.held_out[place] == keys) & (lists != NOTHING)
    return found


def _codes(ids: "pd.Series[Any]", known: "pd.Index[Any]", name: str, where: str) -> NDArray[np.int64]:
    codes = known.get_indexer(pd.Index(ids))
    strange = ids[codes < 0].unique().tolist()
    if strange:
        raise DataError(f"{name}: column {ids.name!r}: {len(strange)} values, first {strange[0]!r}, are not in {where}")
    return codes.astype(np.int64)


def _whole(ranks: "pd.Series[Any]", name: str) -> NDArray[np.int64]:
    if not pd.api.types.is_integer_dtype(ranks) or ranks.isna().any():
        raise DataError(f"{name}: column {RANK!r}: found {ranks.dtype}, expected whole numbers 1, 2, ...; store int32")
    return ranks.to_numpy(dtype=np.int64)


def _check_items(
    frame: pd.DataFrame, users: NDArray[np.int64], items: NDArray[np.int64], n_items: int, name: str
) -> None:
    row = _first_repeat(users * n_items + items)
    if row is not None:
        user, item = frame[USER].tolist()[row], frame[ITEM].tolist()[row]
        raise DataError(f"{name}: column {ITEM!r}: user {user!r} has item {item!r} twice; recommend an item once")


def _check_ranks(frame: pd.DataFrame, users: NDArray[np.int64], ranks: NDArray[np.int64], name: str) -> None:
    """Raise unless the ranks of each user are 1 to n: each within 1 to the length of the list, none twice."""
    lengths = np.bincount(users)[users] if len(users) else users
    row = _first((ranks < 1) | (ranks > lengths))
    if row is None:
        row = _first_repeat(users * (ranks.max(initial=0) + 1) + ranks)
    if row is not None:
        user, rank, length = frame[USER].tolist()[row], int(ranks[row]), int(lengths[row])
        raise DataError(
            f"{name}: column {RANK!r}: user {user!r} has {length} items, and rank {rank} repeats or leaves a gap; "
            "number the items of each user 1 to n"
        )


def _first_repeat(keys: NDArray[np.int64]) -> int | None:
    """Return the first row whose key occurred before."""
    order = np.argsort(keys, kind="stable")
    repeated = np.zeros(len(keys), dtype=np.bool_)
    repeated[order[1:]] = keys[order[1:]] == keys[order[:-1]]
    return _first(repeated)


def _first(bad: NDArray[np.bool_]) -> int | None:
    return int(bad.argmax()) if bad.any() else None
