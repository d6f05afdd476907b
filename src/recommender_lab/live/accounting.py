"""Follows events from the answer of the service to the log that the models are trained on."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from recommender.bundle.live import FOLDER, Bundle
from recommender.columns import ITEM, USER
from recommender.files import read_table
from recommender.serving.store import EventStore, StoredEvent
from recommender_lab.cycle.__main__ import COLLECTED
from recommender_lab.cycle.collect import SKIPPED
from recommender_lab.live.working_copy import STORE


@dataclass(frozen=True)
class Account:
    """Where the acknowledged events are, by number.

    Attributes:
        acknowledged: by the service.
        stored: of them in the event store.
        skips: of those stored; they are no history, and no model is trained on them.
        collected: of the others, in data/collected.
        trained: of those not skipped, in the log that the last bundle is fitted on; a user has an item once.
    """

    acknowledged: int
    stored: int
    skips: int
    collected: int
    trained: int

    @property
    def whole(self) -> bool:
        """Whether no event is lost on the way."""
        history = self.stored - self.skips
        return self.acknowledged == self.stored and history == self.collected == self.trained


def account(project: Path, acknowledged: Collection[str]) -> Account:
    """Look for events in the store, in the collected files and in the log of the last bundle.

    Args:
        project: the copy in which the cycle ran.
        acknowledged: ids of events.

    Raises:
        StoreError: the store cannot be read.
        DataError: a file or the bundle is missing or damaged.
    """
    names = set(acknowledged)
    stored = [event for event in _stored(project / STORE) if event.event_id in names]
    history = [event for event in stored if event.kind != SKIPPED]
    collected = {pair for path in (project / COLLECTED).glob("events-*.parquet") for pair in _pairs(path)}
    log = Bundle(project / FOLDER).histories
    users, items = log.users[log.user].tolist(), log.items[log.item].tolist()
    known = set(zip(users, items, strict=True))
    return Account(
        acknowledged=len(names),
        stored=len(stored),
        skips=len(stored) - len(history),
        collected=sum((event.user, event.item) in collected for event in history),
        trained=sum((event.user, event.item) in known for event in history),
    )


def _stored(path: Path) -> list[StoredEvent]:
    store, found, last = EventStore(path), list[StoredEvent](), 0
    while page := store.since(last):
        found += [event for _, event in page if isinstance(event, StoredEvent)]
        last = page[-1][0]
    store.close()
    return found


def _pairs(path: Path) -> list[tuple[int | str, int | str]]:
    frame = read_table(path, [USER, ITEM])
    return list(zip(frame[USER].tolist(), frame[ITEM].tolist(), strict=True))
