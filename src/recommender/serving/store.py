"""The event store: what happened, durable before it is acknowledged, read by every worker in one order."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Literal

from recommender.errors import RecommenderError

Kind = Literal["view", "click", "rating", "skip"]
Outcome = Literal["stored", "repeated", "erased"]
BUSY_SECONDS = 5.0
"""How long a write waits for that of another process."""
PAGE = 10_000
"""How many events are read at once."""

# Columns of ids have no type, so that 4 stays a number and "4" a text. An erasure leaves a row without an event_id.
_TABLE = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT UNIQUE,
    user, item, kind TEXT NOT NULL, value REAL, time INTEGER, request_id TEXT, rank INTEGER
)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS events_of_users ON events (user, kind)"
_INSERT = "INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING"
_IS_ERASED = "SELECT 1 FROM events WHERE user = ? AND kind = 'erase'"
_ROW = "seq, event_id, user, item, kind, value, time, request_id, rank"


class StoreError(RecommenderError):
    """The event store cannot be read or written now: nothing was acknowledged."""


@dataclass(frozen=True)
class StoredEvent:
    """An event as it is kept.

    Attributes:
        event_id: chosen by the caller; the same one again is the same event.
        user: id as in the log.
        item: id as in the log.
        kind: what the user did.
        value: of a rating; None without one.
        time: microseconds since 1970 UTC.
        request_id: of the answer that showed the item, if one did.
        rank: of the item in that answer.
    """

    event_id: str
    user: int | str
    item: int | str
    kind: Kind
    value: float | None
    time: int
    request_id: str | None = None
    rank: int | None = None


@dataclass(frozen=True)
class Erasure:
    """The order to forget a user."""

    user: int | str


class EventStore:
    """A SQLite file in WAL mode, for any number of processes on one machine.

    Every commit waits for the disk (`synchronous=FULL`): an acknowledged event survives a kill and a power cut.
    """

    def __init__(self, path: Path) -> None:
        """Open the store; the file and its folder are made if missing.

        Raises:
            StoreError: the file cannot be opened or is none of SQLite.
        """
        self._path = path
        self._writing, self._reading = threading.Lock(), threading.Lock()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Two connections: who reads does not wait for the disk with who writes.
            self._writer, self._reader = (
                sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
                for _ in range(2)
            )
            try:
                for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                    self._writer.execute(f"PRAGMA {pragma}")
                self._writer.execute(_TABLE)
                self._writer.execute(_INDEX)
            except sqlite3.Error:
                self.close()
                raise

    def append(self, events: Sequence[StoredEvent]) -> list[Outcome]:
        """Keep events in one transaction; when this returns they are on the disk.

        Returns:
            For each event whether it is new, was there already, or belongs to an erased user and is not kept.
        """
        with self._transaction():
            return [self._insert(event) for event in events]

    def since(self, seq: int) -> list[tuple[int, StoredEvent | Erasure]]:
        """Return what came after a sequence number, at most `PAGE` rows in order, each with its own number.

        A number is never used twice, and no row appears later before one that was read.
        """
        rows = self._read(f"SELECT {_ROW} FROM events WHERE seq > ? ORDER BY seq LIMIT {PAGE}", seq)
        return [(row[0], Erasure(row[2]) if row[4] == "erase" else StoredEvent(*row[1:])) for row in rows]

    def erase(self, user: int | str) -> int:
        """Delete all events of a user for good, and refuse later ones; return how many were deleted."""
        with self._transaction():
            deleted = self._writer.execute("DELETE FROM events WHERE user = ? AND kind != 'erase'", (user,)).rowcount
            if not self._is_erased(user):
                self._writer.execute("INSERT INTO events (user, kind) VALUES (?, 'erase')", (user,))
        with self._writing, self._explained():
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # old pages of the write-ahead log go too
        return deleted

    def erased(self) -> list[int | str]:
        """Return the users whom no training may use, in the order of their erasure."""
        return [user for (user,) in self._read("SELECT user FROM events WHERE kind = 'erase' ORDER BY seq")]

    def last(self) -> int:
        """Return the highest sequence number; 0 if nothing happened yet."""
        return int(self._read("SELECT coalesce(max(seq), 0) FROM events")[0][0])

    def close(self) -> None:
        """Close the file."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()

    def _read(self, statement: str, *values: int) -> list[Any]:
        with self._reading, self._explained():
            return self._reader.execute(statement, values).fetchall()

    def _is_erased(self, user: int | str) -> bool:
        return self._writer.execute(_IS_ERASED, (user,)).fetchone() is not None

    def _insert(self, event: StoredEvent) -> Outcome:
        if self._is_erased(event.user):
            return "erased"
        return "stored" if self._writer.execute(_INSERT, astuple(event)).rowcount else "repeated"

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._writing, self._explained():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self._path}: the event store cannot be used ({error}); check the disk and the file's permissions, "
                "or name another file"
            ) from error
