"""Events that the service collected after the log was written, and erased users."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from recommender.columns import ITEM, RATING, TIME, USER
from recommender.datasets.prepared import Log
from recommender.errors import DataError
from recommender.files import read_json, read_table

COLUMNS = (USER, ITEM, RATING, TIME)
ERASED = "erased.json"


def add_collected(log: Log, folder: Path, repeats: bool = False) -> Log:
    """Add the collected events to a log, without the events of erased users.

    An event that the log has already is left out; so is one of the same user and item, unless users choose items again.
    Then the first event of a user and item has the first rating of them, as a rating follows a click. An event without
    a rating counts with the mean rating of the log.

    Args:
        log: as read from its files.
        folder: with any number of `events-*.parquet`, and maybe `erased.json`.
        repeats: whether users choose items again.

    Returns:
        The log with more events and maybe fewer users; `events_collected` and `users_erased` are counted.

    Raises:
        DataError: a file is damaged, its ids are of another kind than those of the log, or no user is left.
    """
    parts = [_read(path, log.interactions) for path in sorted(folder.glob("events-*.parquet"))]
    erased = _erased(folder / ERASED)
    if not parts and not erased:
        return replace(log, counted={**log.counted, "events_collected": 0, "users_erased": 0})
    mean = log.interactions[RATING].mean()
    one = [USER, ITEM, TIME] if repeats else [USER, ITEM]
    more = pd.concat([log.interactions.iloc[:0], *parts], ignore_index=True).sort_values(TIME, kind="stable")
    more[RATING] = more.groupby(one)[RATING].transform("first").fillna(mean)  # the first one that is known
    more = more.drop_duplicates(one)
    met = pd.MultiIndex.from_frame(log.interactions[one])
    fresh = more[~pd.MultiIndex.from_frame(more[one]).isin(met)]
    events = pd.concat([log.interactions, fresh], ignore_index=True)
    kept = events[~events[USER].isin(erased)].reset_index(drop=True)
    if kept.empty:
        raise DataError(f"{folder / ERASED}: every user of the log is erased; correct the file")
    gone = events[USER].nunique() - kept[USER].nunique()
    new = pd.DataFrame({USER: fresh[USER].drop_duplicates()})
    users = pd.concat([log.users, new[~new[USER].isin(log.users[USER])]], ignore_index=True)
    counted = {**log.counted, "events_collected": len(fresh), "users_erased": int(gone)}
    return replace(log, interactions=kept, users=users, counted=counted)


def _read(path: Path, log: pd.DataFrame) -> pd.DataFrame:
    part = read_table(path, COLUMNS)
    for column in (USER, ITEM):
        found, expected = (pd.api.types.is_integer_dtype(frame[column]) for frame in (part, log))
        if len(part) and found != expected:
            kinds = {True: "integers", False: "text"}
            raise DataError(
                f"{path}: column {column}: found {kinds[found]}, expected {kinds[expected]} as in the log; "
                "remove the file, or collect again"
            )
    return part.astype({RATING: "float64"})


def _erased(path: Path) -> list[Any]:
    if not path.exists():
        return []
    found = read_json(path).get("users")
    if not isinstance(found, list):
        raise DataError(f'{path}: expected {{"users": [...]}}; correct the file, or collect again')
    return found
