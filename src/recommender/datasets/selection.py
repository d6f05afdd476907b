"""Selects the events that are kept: no duplicates, no repeats, a share of the users. What is dropped is counted."""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import ITEM, TIME, USER
from recommender.datasets.events import check_variety
from recommender.seeds import hash_ids, mix


def select(
    events: pd.DataFrame, fraction: float, seed: int, repeats: bool = False
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Drop rows that are equal in every column that is read, then repeats, then the users beyond a share.

    Of several events of one user with one item, the first by time is kept; at the same time, the first in the file.
    A larger share contains every smaller one of the same seed.

    Args:
        events: checked events in the order of the file.
        fraction: share of the users to keep, above 0 to 1; rounded up to whole users.
        seed: decides which users are kept.
        repeats: whether later events of a user with the same item are kept too.

    Returns:
        The events kept, in the order of the file; and how many rows and users each step dropped.

    Raises:
        DataError: fewer than two users or items are left.
    """
    codes, users = _codes(events[USER])
    duplicate, repeated = _again(events, codes)
    first = ~duplicate if repeats else ~(duplicate | repeated)
    kept = first & _sampled(users, fraction, seed)[codes]
    n_users, n_kept = (np.count_nonzero(np.bincount(codes[rows])) for rows in (first, kept))
    unique, chosen, left = (int(np.count_nonzero(rows)) for rows in (~duplicate, first, kept))
    del codes
    sample = (events if left == len(events) else events[kept]).reset_index(drop=True)
    check_variety(sample, f"prepare.user_fraction: {fraction:g}", "raise it, or use a larger log")
    return sample, {
        "rows": len(events),
        "duplicate_rows_dropped": len(events) - unique,
        "repeats_dropped": unique - chosen,
        "share_of_repeats_dropped": (unique - chosen) / len(events),
        "events_dropped_by_fraction": chosen - left,
        "users_dropped_by_fraction": int(n_users - n_kept),
    }


def _codes(ids: "pd.Series[Any]") -> tuple[NDArray[np.int32], "pd.Index[Any]"]:
    """Return a code for each row, and the ids by code."""
    codes, distinct = pd.factorize(ids)
    return codes.astype(np.int32), distinct


def _again(events: pd.DataFrame, users: NDArray[np.int32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find duplicate rows, and rows that are not the first event of their user and item: two masks.

    Only the rows of pairs of user and item that occur several times are compared as a whole.

    Args:
        events: in the order of the file.
        users: a code for each row.
    """
    items, distinct = _codes(events[ITEM])
    pairs = users.astype(np.int64)
    pairs *= len(distinct)
    pairs += items
    several = np.flatnonzero(pd.Series(pairs, copy=False).isin(_repeated(pairs)))
    some = events.iloc[several].reset_index(drop=True)
    duplicate, repeated = (np.zeros(len(events), dtype=np.bool_) for _ in range(2))
    duplicate[several] = some.duplicated()
    by_time = some[~some.duplicated()].sort_values(TIME, kind="stable")
    again = by_time.duplicated([USER, ITEM])
    repeated[several[again.index[again]]] = True
    return duplicate, repeated


def _repeated(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the values that occur several times."""
    ordered = np.sort(values)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _sampled(users: "pd.Index[Any]", fraction: float, seed: int) -> NDArray[np.bool_]:
    """Return which users are kept."""
    if fraction == 1:
        return np.ones(len(users), dtype=np.bool_)
    order = np.sort(users.to_numpy())
    kept = np.argsort(mix(hash_ids(order), seed), kind="stable")[: math.ceil(fraction * len(order))]
    return users.isin(order[kept])
