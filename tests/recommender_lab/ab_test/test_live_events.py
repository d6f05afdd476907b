import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from recommender.errors import DataError
from recommender.serving.store import StoredEvent
from recommender_lab.ab_test.live_events import COLUMNS, Event, read_events

ROWS = [("a", 4, 7, "click", None, 5, 1), ("b", "4", "x", "rating", 3.5, 6, None)]
TABLE = """CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT UNIQUE, user, item,
    kind TEXT NOT NULL, value REAL, time INTEGER, request_id TEXT, rank INTEGER)"""


@pytest.fixture
def store(tmp_path):
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute(TABLE)
        names = ", ".join(COLUMNS)
        store.executemany(f"INSERT INTO events ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)", ROWS)
        store.execute("INSERT INTO events (user, kind) VALUES (9, 'erase')")
        store.commit()
        yield tmp_path / "events.sqlite"


def test_the_store_of_the_service_while_it_is_open(store):
    assert read_events(store) == [Event(*row) for row in ROWS]


def test_what_the_service_wrote(another, place):
    rows = enumerate(ROWS)
    another().append([StoredEvent(str(at), user, *rest, name, rank) for at, (name, user, *rest, rank) in rows])
    another().erase(9)
    assert read_events(place) == [Event(*row) for row in ROWS]


@pytest.mark.parametrize("name", ["events.csv", "events.parquet"])
def test_tables(tmp_path, name):
    frame = pd.DataFrame([("a", 4, 7, "click", 1.0, 5, 1), (None, 4, 8, "click", 1.0, 5, 1)], columns=COLUMNS)
    (frame.to_csv if name.endswith("csv") else frame.to_parquet)(tmp_path / name, index=False)
    assert read_events(tmp_path / name) == [Event("a", 4, 7, "click", 1.0, 5, 1)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"\xff\xfe\x00", "neither SQLite, Parquet nor CSV"),
        (b"request_id,user\na,1\n", "no column item, kind, value, time, rank; expected request_id, user, item"),
        (b"SQLite format 3\x00 not really", "cannot be read"),
    ],
)
def test_what_is_no_file_of_events(tmp_path, content, message):
    if content is not None:
        (tmp_path / "events").write_bytes(content)
    with pytest.raises(DataError) as error:
        read_events(tmp_path / "events")
    assert message in str(error.value)
    assert "\n" not in str(error.value)
