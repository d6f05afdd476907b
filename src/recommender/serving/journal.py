"""What the store knows and a bundle does not yet: events by user, read anew before each answer."""

from recommender.bundle.fold_in import Event
from recommender.bundle.live import Bundle
from recommender.serving.store import Erasure, StoredEvent
from recommender.serving.stores import Store


class Journal:
    """Events by user that a bundle can use and does not hold; it belongs to one bundle and one thread at a time.

    Attributes:
        seq: number of the last row that was read.
        size: events that count and are not in the bundle.
        unknown_items: views, clicks and ratings of items that the bundle does not know.
    """

    def __init__(self, store: Store, bundle: Bundle) -> None:
        """Read all that the store has.

        Args:
            store: shared with other processes.
            bundle: events whose user and item it holds together, or whose item it does not know, are left out.
        """
        self._store, self._bundle = store, bundle
        self._fresh: dict[int | str, list[Event]] = {}
        self._skipped: dict[int | str, set[int | str]] = {}
        self._erased: set[int | str] = set()
        self._unknown: dict[int | str, int] = {}
        self.seq = self.size = self.unknown_items = 0
        self.refresh()

    def refresh(self) -> None:
        """Read what came since the last time, from any process."""
        while rows := self._store.since(self.seq):
            for self.seq, found in rows:
                if isinstance(found, Erasure):
                    self._forget(found.user)
                elif found.item in self._bundle.item_codes:
                    self._take(found)
                elif found.kind != "skip":
                    self._unknown[found.user] = self._unknown.get(found.user, 0) + 1
                    self.unknown_items += 1

    def events(self, user: int | str) -> list[Event]:
        """Return the user's views, clicks and ratings, in the order in which they were acknowledged."""
        return self._fresh.get(user, [])

    def skipped(self, user: int | str) -> set[int | str]:
        """Return the items that the user did not want."""
        return self._skipped.get(user, set())

    def is_erased(self, user: int | str) -> bool:
        """Return whether the user is to be treated like one of whom nothing is known."""
        return user in self._erased

    def _forget(self, user: int | str) -> None:
        self._erased.add(user)
        self.size -= len(self._fresh.pop(user, []))
        self.unknown_items -= self._unknown.pop(user, 0)
        self._skipped.pop(user, None)

    def _take(self, event: StoredEvent) -> None:
        if event.kind == "skip":
            self._skipped.setdefault(event.user, set()).add(event.item)
        elif not _holds(self._bundle, event.user, event.item):
            rating = event.value if event.kind == "rating" and event.value is not None else float("nan")
            self._fresh.setdefault(event.user, []).append(Event(event.item, event.time, rating))
            self.size += 1


def _holds(bundle: Bundle, user: int | str, item: int | str) -> bool:
    """Return whether a bundle's history of a user has an item."""
    code = bundle.user_codes.get(user)
    if code is None:
        return False
    start, end = bundle.histories.indptr[code : code + 2].tolist()
    return bool((bundle.histories.item[start:end] == bundle.item_codes[item]).any())
