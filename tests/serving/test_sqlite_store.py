"""What holds for a file of SQLite alone; test_store has the contract."""

import sqlite3
from dataclasses import replace

import pytest

from recommender.serving.store import EventStore, StoreError
from tests.serving.test_store import EVENT


@pytest.fixture
def place(tmp_path):
    return tmp_path / "store/events.sqlite"


def test_all_or_none(store):
    """SQLite refuses the kind of the second event."""
    with pytest.raises(StoreError, match=r"events.sqlite: the event store cannot be used .*; check the disk"):
        store.append([EVENT, replace(EVENT, event_id="b", kind=None)])
    assert store.since(0) == []
    assert store.append([EVENT]) == ["stored"]


def test_the_disk_keeps_no_trace_of_an_erased_user(store, place):
    secret = "a-title-that-nobody-else-has"
    store.append([replace(EVENT, request_id=secret)])
    store.erase(4)
    files = list(place.parent.iterdir())
    assert files
    assert not [path.name for path in files if secret.encode() in path.read_bytes()]


def test_it_waits_for_the_disk(store):
    """FULL: a commit returns when the write-ahead log is on the disk."""
    assert store._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("content", [b"no database, but some text", None])
def test_a_file_that_cannot_be_used(tmp_path, content):
    path = tmp_path / "taken"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(StoreError, match="taken: the event store cannot be used"):
        EventStore(path)


def test_ids_keep_their_kind_in_the_table(store, place):
    store.append([EVENT])
    with sqlite3.connect(place) as base:
        assert base.execute("SELECT typeof(user), typeof(item) FROM events").fetchall() == [("integer", "integer")]
    base.close()
