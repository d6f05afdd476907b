"""Writes what the service received to data/collected/, in files that the stage prepare adds to the log."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recommender.columns import ITEM, RATING, TIME, USER
from recommender.datasets.collected import ERASED
from recommender.errors import DataError
from recommender.files import read_json, read_table, write_json, write_table
from recommender.serving.store import Erasure, StoredEvent
from recommender.serving.stores import Store

SKIPPED = "skip"


@dataclass(frozen=True)
class Collected:
    """What one collection wrote.

    Attributes:
        events: written to a new file.
        left_out: not written, as they say that an item was skipped.
        erased: erased users, in all.
    """

    events: int
    left_out: int
    erased: int


def collect(store: Store, folder: Path, until: int | None = None) -> Collected:
    """Write the events since the last collection to one file, and all erased users to another.

    The name of a file holds the sequence numbers that it covers, so a collection that was killed is simply done again:
    its file is there completely or not at all. Events of users who were erased since are removed from older files.

    Args:
        store: of the service.
        folder: data/collected.
        until: microseconds since 1970 UTC; the first event from then on, and all that arrived after it, are left for
            the next collection. Thus a missed day can be made up for as it would have been. None means all events.

    Raises:
        DataError: the files hold more events than the store ever had.
    """
    last = first = _collected_until(folder)
    if store.last() < first:
        raise DataError(
            f"{folder}: found events until number {first}, but the event store ends at {store.last()}, so it is "
            "another one, and its first events would be left out; put the old store back, or give the files names "
            "without numbers, such as events-old.parquet"
        )
    erased = list(dict.fromkeys([*erased_users(folder), *store.erased()]))
    for path in folder.glob("events-*.parquet"):
        _forget(path, erased)
    found = list[StoredEvent]()
    for number, entry in _since(store, first):
        if isinstance(entry, StoredEvent):
            if until is not None and entry.time >= until:
                break
            found.append(entry)
        last = number
    kept = [event for event in found if event.kind != SKIPPED]
    if last > first:
        write_table(_frame(kept), folder / f"events-{first + 1:012d}-{last:012d}.parquet")
    write_json(folder / ERASED, {"users": erased})
    return Collected(len(kept), len(found) - len(kept), len(erased))


def erased_users(folder: Path) -> list[int | str]:
    """Return the users who were erased until the last collection."""
    path = folder / ERASED
    return list(read_json(path).get("users", [])) if path.exists() else []


def _since(store: Store, number: int) -> Iterator[tuple[int, StoredEvent | Erasure]]:
    while page := store.since(number):
        yield from page
        number = page[-1][0]


def _collected_until(folder: Path) -> int:
    numbers = [re.fullmatch(r"events-\d+-(\d+)\.parquet", path.name) for path in folder.glob("events-*.parquet")]
    return max((int(number[1]) for number in numbers if number), default=0)


def _frame(events: list[StoredEvent]) -> pd.DataFrame:
    rows = [(event.user, event.item, event.value, event.time) for event in events]
    frame = pd.DataFrame(rows, columns=[USER, ITEM, RATING, TIME]).astype({RATING: "float64"})
    times = pd.to_datetime(frame[TIME].astype("int64"), unit="us", utc=True)
    return frame.assign(**{TIME: times.dt.as_unit("us")})


def _forget(path: Path, erased: list[int | str]) -> None:
    frame = read_table(path)
    kept = frame[~frame[USER].isin(erased)]
    if len(kept) < len(frame):
        write_table(kept, path)
