"""What recommendations are measured against: held-out events, the catalogue, its popularity and its genres."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import GENRE_PREFIX, ITEM, TIME, USER
from recommender.errors import DataError

_WORD = 8


@dataclass(frozen=True)
class Reference:
    """The held-out events of one split, in codes: a user is its place in `users`, an item its place in `catalogue`.

    Attributes:
        users: the users with a held-out event, ascending.
        catalogue: the items of the history, ascending.
        held_out: int64 keys `user * len(catalogue) + item` of the held-out pairs within the catalogue, ascending.
        relevant: int64 (users,), how many items each user holds out; one outside the catalogue counts, unhit.
        share: float64 (items,), the share of the history's users who have the item, above 0 to 1.
        events: int64 (items,), the events of each item in the history, 1 or more.
        known: int64 (users,), the events of each user in the history.
        left: int64 (users,), the items of the catalogue that each user does not have in the history.
        genres: uint64 (items, words), the genres of each item, one bit each.
    """

    users: "pd.Index[Any]"
    catalogue: "pd.Index[Any]"
    held_out: NDArray[np.int64]
    relevant: NDArray[np.int64]
    share: NDArray[np.float64]
    events: NDArray[np.int64]
    known: NDArray[np.int64]
    left: NDArray[np.int64]
    genres: NDArray[np.uint64]


def build(test: pd.DataFrame, history: pd.DataFrame, items: pd.DataFrame) -> Reference:
    """Build the reference of one split.

    Args:
        test: held-out events with user_id and item_id; every one is relevant, whatever its rating.
        history: all events before them (train and validation) with user_id and item_id; its items are the catalogue.
        items: item_id and any number of genre_* columns of 0 and 1.

    Returns:
        The reference; a user who holds out the same item twice holds it out once.

    Raises:
        DataError: a column is missing, or test or history is empty.
    """
    for name, frame in (("test", test), ("history", history)):
        require_columns(frame, (USER, ITEM), name)
        if frame.empty:
            raise DataError(f"{name}: no event, so there is nothing to measure; use a log whose users have more events")
    require_columns(items, (ITEM,), "items")
    users = pd.Index(test[USER].unique()).sort_values()
    catalogue = pd.Index(history[ITEM].unique()).sort_values()
    held_out = test[[USER, ITEM]].drop_duplicates()
    rows, codes = users.get_indexer(pd.Index(held_out[USER])), catalogue.get_indexer(pd.Index(held_out[ITEM]))
    keys = np.sort((rows * len(catalogue) + codes)[codes >= 0])
    relevant = np.bincount(rows, minlength=len(users))
    events, known = _count(history[ITEM], catalogue), _count(history[USER], users)
    left = len(catalogue) - _count(history[[USER, ITEM]].drop_duplicates()[USER], users)
    share, genres = _share(history, catalogue), _genre_words(items, catalogue)
    return Reference(users, catalogue, keys, relevant, share, events, known, left, genres)


def pauses(test: pd.DataFrame, history: pd.DataFrame, users: "pd.Index[Any]") -> NDArray[np.int64]:
    """Return the time between the last known event of each user and the first held-out one.

    Args:
        test: held-out events with user_id and timestamp.
        history: all events before them, with the same columns.
        users: of the reference.

    Returns:
        int64 (users,), microseconds, 0 or more; -1 for a user without an event in the history.
    """
    first, last = test.groupby(USER)[TIME].min().reindex(users), history.groupby(USER)[TIME].max().reindex(users)
    found = (first - last).to_numpy(dtype="timedelta64[us]").astype(np.int64)
    return np.where(last.isna(), np.int64(-1), found)


def certain_hits(reference: Reference, ks: Sequence[int]) -> dict[str, int]:
    """Count the users whose list holds all that they can be recommended, so that any policy hits.

    Args:
        reference: what lists are measured against.
        ks: lengths of the lists.

    Returns:
        For each `hit@k` the users who have at most k items left, a held-out one among them.
    """
    held_out = np.bincount(reference.held_out // len(reference.catalogue), minlength=len(reference.users)) > 0
    return {f"hit@{k}": int((held_out & (reference.left <= k)).sum()) for k in ks}


def require_columns(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    """Raise if a frame lacks a column.

    Args:
        frame: any frame.
        columns: the columns that it needs.
        name: what the frame holds, for the message.

    Raises:
        DataError: a column is missing.
    """
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        found = ", ".join(map(str, frame.columns)) or "none"
        raise DataError(
            f"{name}: column {missing[0]!r} is missing, found {found}; add it, expected {', '.join(columns)}"
        )


def _share(history: pd.DataFrame, catalogue: "pd.Index[Any]") -> NDArray[np.float64]:
    """Return the share of users who have each item; a user with several events of an item counts once."""
    return _count(history[[USER, ITEM]].drop_duplicates()[ITEM], catalogue) / history[USER].nunique()


def _count(ids: "pd.Series[Any]", known: "pd.Index[Any]") -> NDArray[np.int64]:
    """Count the occurrences of each known id."""
    codes = known.get_indexer(pd.Index(ids))
    return np.bincount(codes[codes >= 0], minlength=len(known))


def _genre_words(items: pd.DataFrame, catalogue: "pd.Index[Any]") -> NDArray[np.uint64]:
    """Pack the genres of the catalogue's items into bits; an item that the table lacks has none."""
    genres = items.loc[:, [name for name in items.columns if str(name).startswith(GENRE_PREFIX)]]
    rows = pd.Index(items[ITEM]).get_indexer(catalogue)
    flags = (genres.to_numpy(dtype=np.uint8)[rows] if len(items) else np.zeros((len(rows), 0), np.uint8)) != 0
    flags &= (rows >= 0)[:, None]
    packed = np.packbits(flags, axis=1)
    room = max(1, -(-packed.shape[1] // _WORD)) * _WORD - packed.shape[1]
    return np.pad(packed, ((0, 0), (0, room))).view(np.uint64)
