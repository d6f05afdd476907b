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


@dataclass(frozen=True)
class Counts:
    """What the events of some users add to a reference.

    Attributes:
        users: the users with a held-out event, ascending.
        held_out: user_id and item_id of the held-out events, each pair once.
        known: int64 (users,), the events of each user in the history.
        own: int64 (users,), the different items of each user in the history.
        n_everyone: the users of the history.
        items: the items of the history, ascending.
        events: int64 (items,), the events of each item in the history, 1 or more.
        owners: int64 (items,), the users of the history who have each item, 1 or more.
    """

    users: "pd.Index[Any]"
    held_out: pd.DataFrame
    known: NDArray[np.int64]
    own: NDArray[np.int64]
    n_everyone: int
    items: "pd.Index[Any]"
    events: NDArray[np.int64]
    owners: NDArray[np.int64]


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
    return merge([count(test, history)], items)


def count(test: pd.DataFrame, history: pd.DataFrame) -> Counts:
    """Count the events of some users.

    Args:
        test: all held-out events of these users, perhaps none; see `build`.
        history: all events of these users before them, perhaps none.

    Returns:
        What `merge` needs of them.

    Raises:
        DataError: a column is missing.
    """
    for name, frame in (("test", test), ("history", history)):
        require_columns(frame, (USER, ITEM), name)
    users = pd.Index(test[USER].unique()).sort_values()
    everyone, items = (pd.Index(history[name].unique()).sort_values() for name in (USER, ITEM))
    user, item = _codes(history[USER], everyone), _codes(history[ITEM], items)
    events, known = np.bincount(item, minlength=len(items)), np.bincount(user, minlength=len(everyone))
    owners, own = _distinct(user, item, len(everyone), len(items))
    tested = everyone.get_indexer(users)
    # The 0 at the end is for the users without a history, whose place is -1.
    known, own = (np.append(counts, 0)[tested] for counts in (known, own))
    return Counts(users, test[[USER, ITEM]].drop_duplicates(), known, own, len(everyone), items, events, owners)


def merge(parts: Sequence[Counts], items: pd.DataFrame) -> Reference:
    """Build the reference of one split from the counts of its users.

    Args:
        parts: each user is in one of them; their order does not matter.
        items: see `build`.

    Returns:
        What `build` returns for the events of all parts.

    Raises:
        DataError: a column is missing, or no part has a held-out event, or none an event of the history.
    """
    require_columns(items, (ITEM,), "items")
    users = _joined([part.users for part in parts])
    order = users.argsort()
    users = users[order]
    known, own = (np.concatenate([getattr(part, name) for part in parts])[order] for name in ("known", "own"))
    n_everyone = sum(part.n_everyone for part in parts)
    for name, number in (("test", len(users)), ("history", n_everyone)):
        if not number:
            raise DataError(f"{name}: no event, so there is nothing to measure; use a log whose users have more events")
    held_out = pd.concat([part.held_out for part in parts], ignore_index=True)
    found = _joined([part.items for part in parts])
    catalogue = found.unique().sort_values()
    place = catalogue.get_indexer(found)
    events, owners = np.zeros((2, len(catalogue)), np.int64)
    np.add.at(events, place, np.concatenate([part.events for part in parts]))
    np.add.at(owners, place, np.concatenate([part.owners for part in parts]))
    rows, codes = users.get_indexer(pd.Index(held_out[USER])), catalogue.get_indexer(pd.Index(held_out[ITEM]))
    keys = np.sort((rows * len(catalogue) + codes)[codes >= 0])
    relevant, share = np.bincount(rows, minlength=len(users)), owners / n_everyone
    genres = _genre_words(items, catalogue)
    return Reference(users, catalogue, keys, relevant, share, events, known, len(catalogue) - own, genres)


def pauses(test: pd.DataFrame, history: pd.DataFrame, users: "pd.Index[Any]") -> NDArray[np.int64]:
    """Return the time between the last known event of each user and the first held-out one.

    Args:
        test: held-out events with user_id and timestamp.
        history: all events before them, with the same columns.
        users: of the reference.

    Returns:
        int64 (users,), microseconds, 0 or more; -1 for a user without an event in the history.
    """
    first = test.groupby(USER)[TIME].min().reindex(users).to_numpy(dtype="datetime64[us]").astype(np.int64)
    user, never = _codes(history[USER], users), np.iinfo(np.int64).min
    rows = np.flatnonzero(user >= 0)
    last = np.full(len(users), never)
    np.maximum.at(last, user[rows], history[TIME].to_numpy(dtype="datetime64[us]")[rows].astype(np.int64))
    return np.where(last == never, -1, first - last)


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


def _codes(ids: "pd.Series[Any]", known: "pd.Index[Any]") -> NDArray[np.int32]:
    """Return the place of each id among the known ones, -1 if it is not there."""
    return known.get_indexer(pd.Index(ids)).astype(np.int32)


def _joined(indexes: "Sequence[pd.Index[Any]]") -> "pd.Index[Any]":
    return indexes[0].append([*indexes[1:]])


def _distinct(
    user: NDArray[np.int32], item: NDArray[np.int32], n_users: int, n_items: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the users of each item, and the items of each user; several events of a pair count once."""
    pairs = user.astype(np.int64)
    pairs *= n_items
    pairs += item
    pairs.sort()
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    return np.bincount(pairs % n_items, minlength=n_items), np.bincount(pairs // n_items, minlength=n_users)


def _genre_words(items: pd.DataFrame, catalogue: "pd.Index[Any]") -> NDArray[np.uint64]:
    """Pack the genres of the catalogue's items into bits; an item that the table lacks has none."""
    genres = items.loc[:, [name for name in items.columns if str(name).startswith(GENRE_PREFIX)]]
    rows = pd.Index(items[ITEM]).get_indexer(catalogue)
    flags = (genres.to_numpy(dtype=np.uint8)[rows] if len(items) else np.zeros((len(rows), 0), np.uint8)) != 0
    flags &= (rows >= 0)[:, None]
    packed = np.packbits(flags, axis=1)
    room = max(1, -(-packed.shape[1] // _WORD)) * _WORD - packed.shape[1]
    return np.pad(packed, ((0, 0), (0, room))).view(np.uint64)
