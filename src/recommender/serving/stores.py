"""Which event store is used: a file of SQLite for one machine, or Redis by URL for several."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from recommender.serving.store import Erasure, EventStore, Outcome, StoredEvent

SCHEMES = ("redis://", "rediss://", "unix://")


class Store(Protocol):
    """What every event store does; each call is one step that no other process sees half done."""

    def append(self, events: Sequence[StoredEvent]) -> list[Outcome]:
        """Keep all events or none; when this returns they are on the disk.

        Returns:
            For each event whether it is new, was there already, or belongs to an erased user and is not kept.
        """

    def since(self, seq: int) -> list[tuple[int, StoredEvent | Erasure]]:
        """Return what came after a sequence number, at most `PAGE` rows in order, each with its own number.

        A number is never used twice, and no row appears later before one that was read.
        """

    def erase(self, user: int | str) -> int:
        """Delete all events of a user for good, and refuse later ones; return how many were deleted."""

    def erased(self) -> list[int | str]:
        """Return the users whom no training may use, in the order of their erasure."""

    def last(self) -> int:
        """Return the highest sequence number; 0 if nothing happened yet."""

    def close(self) -> None:
        """Let go of the file or the connections."""


def is_url(place: Path | str) -> bool:
    """Return whether a place names a server and no file."""
    return isinstance(place, str) and place.startswith(SCHEMES)


def open_store(place: Path | str) -> Store:
    """Open an event store.

    Args:
        place: a file, which is made if it is missing, or the URL of Redis.

    Raises:
        StoreError: it cannot be used.
    """
    if not is_url(place):
        return EventStore(Path(place))
    from recommender.serving.redis_store import RedisStore  # noqa: PLC0415 - only here is the package redis needed

    return RedisStore(str(place))
