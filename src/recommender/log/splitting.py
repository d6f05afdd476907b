"""Which events are held out: the last of each user, or everything after a date; and the tie rule that orders them.

Every event of a user has a place in one total order: time, then the tie rule. Each function returns new frames whose
rows are sorted by user and, within a user, by that order.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import EVENT, ITEM, TIME, USER
from recommender.errors import DataError
from recommender.parts import hash_column
from recommender.seeds import mix

Ties = Literal["hashed", "file_order"]
_STEP = 1 << 20
"""Events that are hashed at a time: each takes some arrays of them."""


@dataclass(frozen=True)
class Parts:
    """The three parts of a log, and the requests that the test events answer.

    `requests` has one row per test user: `user_id` and the `timestamp` of the request, and nothing of what was held
    out, so that a stage that recommends never opens the answers. If each has one answer, it also has the further
    columns of that event: they are known with the request. `reported` counts what was not held out, and why.
    """

    train: pd.DataFrame
    valid: pd.DataFrame
    test: pd.DataFrame
    requests: pd.DataFrame
    reported: dict[str, int]


def order_events(events: pd.DataFrame, ties: Ties, tie_seed: int) -> pd.DataFrame:
    """Sort events by user and, within a user, by time and then the tie rule.

    Args:
        events: columns `user_id, item_id, rating, timestamp`, in the order of the file.
        ties: `hashed` orders events of one instant by a seeded hash of user and item, so that the order of a web page
            cannot leak into it; `file_order` keeps the order of the rows.
        tie_seed: seed of the hash.

    Returns:
        The same events with the same columns and a fresh index; further columns come last.
    """
    user = pd.factorize(events[USER], sort=True)[0].astype(np.int32)
    keys: list[NDArray[Any]] = [events[TIME].astype("int64").to_numpy(), user]
    if ties == "hashed":
        keys.insert(0, tie_keys(events, tie_seed))
    order = np.lexsort(keys)
    del keys
    return pd.DataFrame(
        {name: events[name].take(order).array for name in (*EVENT, *further_columns(events))}, copy=False
    )


def further_columns(events: pd.DataFrame) -> list[str]:
    """Return the names of the further columns of a log."""
    return [str(name) for name in events.columns if name not in EVENT]


def tie_keys(events: pd.DataFrame, tie_seed: int) -> NDArray[np.uint64]:
    """Hash user and item of each event with a seed.

    Args:
        events: columns `user_id` and `item_id`, integers or text.
        tie_seed: any non-negative integer.

    Returns:
        uint64 array, one key per row; equal pairs have equal keys, in whatever order the rows are.
    """
    keys = np.empty(len(events), dtype=np.uint64)
    for at in range(0, len(keys), _STEP):
        user, item = (hash_column(events[name].iloc[at : at + _STEP]) for name in (USER, ITEM))
        keys[at : at + _STEP] = mix(mix(user, tie_seed) + item, tie_seed)
    return keys


def last_interaction(events: pd.DataFrame) -> Parts:
    """Hold out each user's last event for test and the one before for validation.

    | user  | 1st   | 2nd   | 3rd   | 4th  |
    |-------|-------|-------|-------|------|
    | Alice | train | train | valid | test |
    | Bob   | train | valid | test  |      |
    | Carol | train | train |       |      |

    Args:
        events: ordered by `order_events`.

    Returns:
        The parts; users with fewer than three events stay in train and are counted as `users_too_short`.

    Raises:
        DataError: no user has three events.
    """
    parts = hold_out_last(events)
    require_test(len(parts.test))
    return parts


def require_test(events: int) -> None:
    """Refuse a log of which no event was held out for test by `hold_out_last`."""
    if not events:
        raise DataError("split: no user has the three events that last_interaction needs; use a longer log")


def hold_out_last(events: pd.DataFrame) -> Parts:
    """Hold out as `last_interaction` does; there may be nothing to hold out."""
    user = events[USER].to_numpy()
    ends = np.flatnonzero(np.append(user[1:] != user[:-1], True)) if len(user) else np.empty(0, dtype=np.int64)
    long = np.diff(ends, prepend=-1) >= 3
    test, valid = events.iloc[ends[long]], events.iloc[ends[long] - 1]
    held_out = np.zeros(len(events), dtype=np.bool_)
    held_out[ends[long]] = held_out[ends[long] - 1] = True
    requests = test[[USER, TIME, *further_columns(test)]]
    return _parts(events[~held_out], valid, test, requests, {"users_too_short": int(np.count_nonzero(~long))})


def global_time(events: pd.DataFrame, valid_from: float | dt.date, test_from: float | dt.date) -> Parts:
    """Hold out everything after a moment for test and everything between two moments for validation.

    Args:
        events: ordered by `order_events`.
        valid_from: first moment of validation: a share of the events in time order, or a date (00:00 UTC).
        test_from: first moment of test, likewise.

    Returns:
        The parts. Test has only users with an earlier event; the others are counted as `users_without_history`, their
        events as `test_events_without_history`. Every request has the moment `test_from`.

    Raises:
        DataError: a part would be empty.
    """
    begins = moments(events[TIME], valid_from, test_from)
    parts = hold_out_after(events, *begins)
    require_parts({"train": len(parts.train), "valid": len(parts.valid), "test": len(parts.test)}, *begins)
    return parts


def hold_out_after(events: pd.DataFrame, valid_time: pd.Timestamp, test_time: pd.Timestamp) -> Parts:
    """Hold out as `global_time` does, from two moments; parts may be empty."""
    after = events[TIME] >= test_time
    before = events[TIME] < valid_time
    known = events[USER].isin(events.loc[~after, USER].unique())
    train, valid, test = events[before], events[~before & ~after], events[after & known]
    requests = test[[USER]].drop_duplicates().assign(**{TIME: test_time})
    unknown = events[after & ~known]
    counts = {"users_without_history": unknown[USER].nunique(), "test_events_without_history": len(unknown)}
    return _parts(train, valid, test, requests, counts)


def moments(
    times: "pd.Series[Any]", valid_from: float | dt.date, test_from: float | dt.date
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first moments of validation and test; `times` are those of the whole log."""
    return _moment(times, valid_from), _moment(times, test_from)


def _moment(times: "pd.Series[Any]", start: float | dt.date) -> pd.Timestamp:
    if isinstance(start, dt.date):
        return pd.Timestamp(start, tz="UTC")
    return pd.Timestamp(np.quantile(times.astype("int64"), start, method="lower"), unit=str(times.dt.unit), tz="UTC")


def require_parts(events: dict[str, int], valid_time: pd.Timestamp, test_time: pd.Timestamp) -> None:
    """Refuse a log of which a part has no events."""
    for name, count in events.items():
        if not count:
            raise DataError(
                f"split: global_time leaves {name} empty (valid_from is {valid_time}, test_from is {test_time}); "
                "choose other moments for split.valid_from and split.test_from, or split.method: last_interaction"
            )


def _parts(
    train: pd.DataFrame, valid: pd.DataFrame, test: pd.DataFrame, requests: pd.DataFrame, reported: dict[str, int]
) -> Parts:
    train, valid, test, requests = (part.reset_index(drop=True) for part in (train, valid, test, requests))
    return Parts(train, valid, test, requests, reported)
