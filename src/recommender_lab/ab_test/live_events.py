"""Reads what users did with the items that they were shown: the event store of the service, Parquet or CSV."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from recommender.errors import DataError
from recommender.files import read_table
from recommender.serving.store import StoredEvent
from recommender.serving.stores import Store, is_url, open_store

COLUMNS = ("request_id", "user", "item", "kind", "value", "time", "rank")
_SQLITE = b"SQLite format 3\x00"


class Event(NamedTuple):
    """Something that a user did; `value` and `rank` may be missing."""

    request_id: str
    user: int | str
    item: int | str
    kind: str
    value: float | None
    time: Any
    rank: int | None


def events_of(rows: Iterable[Sequence[Any]]) -> list[Event]:
    """Return the events that came back with a request's id, from rows with the values of COLUMNS."""
    return [Event(*row) for row in rows if isinstance(row[0], str) and row[0]]


def read_events(place: Path | str) -> list[Event]:
    """Read a file of events.

    Args:
        place: the URL of Redis; a SQLite file with a table `events`, which is only read and may be in use; Parquet; or
            CSV. With COLUMNS.

    Raises:
        DataError: the file is missing, is none of these, or lacks a column.
        StoreError: Redis cannot be used.
    """
    if is_url(place):
        with closing(open_store(place)) as store:
            return events_of(_kept(store))
    path = Path(place)
    try:
        with open(path, "rb") as file:
            start = file.read(len(_SQLITE))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); expected events of the service") from error
    if start == _SQLITE:
        return events_of(_stored(path))
    frame = read_table(path) if start.startswith(b"PAR1") else _csv(path)
    if missing := [name for name in COLUMNS if name not in frame]:
        raise DataError(f"{path}: no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    return events_of(frame[list(COLUMNS)].itertuples(index=False, name=None))


def _kept(store: Store) -> Iterator[Sequence[Any]]:
    seq = 0
    while rows := store.since(seq):
        seq = rows[-1][0]
        yield from ([getattr(event, name) for name in COLUMNS] for _, event in rows if isinstance(event, StoredEvent))


def _stored(path: Path) -> list[Any]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as store:
            return store.execute(f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY seq").fetchall()
    except sqlite3.Error as error:
        raise DataError(f"{path}: cannot be read ({error}); expected the event store of the service") from error


def _csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype={"request_id": "str"})
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path}: neither SQLite, Parquet nor CSV; expected events with {', '.join(COLUMNS)}"
        ) from error
