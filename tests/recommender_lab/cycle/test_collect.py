from contextlib import closing

import pytest

from recommender.errors import DataError
from recommender.files import read_json, read_table
from recommender.serving.store import EventStore, StoredEvent
from recommender_lab.cycle.collect import Collected, collect


def event(number, user=1, item=10, kind="click", value=None):
    return StoredEvent(f"event {number}", user, item, kind, value, 1_000_000 * number)


def rows_in(folder):
    frames = [read_table(path) for path in sorted(folder.glob("events-*.parquet"))]
    return [row for frame in frames for row in zip(frame["user_id"], frame["item_id"], strict=True)]


def test_each_event_is_written_once_however_often_it_is_collected(store, tmp_path):
    store.append([event(1), event(2, item=11, kind="rating", value=4.0)])
    assert collect(store, tmp_path) == Collected(2, 0, 0)
    assert collect(store, tmp_path) == Collected(0, 0, 0)
    store.append([event(2), event(3, item=12)])
    assert collect(store, tmp_path) == Collected(1, 0, 0)
    assert rows_in(tmp_path) == [(1, 10), (1, 11), (1, 12)]


def test_events_of_the_next_day_and_later_arrivals_wait_for_the_next_collection(store, tmp_path):
    store.append([event(1), event(2), event(9, item=11), event(3, item=12)])
    assert collect(store, tmp_path, until=3_000_000) == Collected(2, 0, 0)
    assert collect(store, tmp_path, until=3_000_000) == Collected(0, 0, 0)
    assert collect(store, tmp_path, until=10_000_000) == Collected(2, 0, 0)
    assert rows_in(tmp_path) == [(1, 10), (1, 10), (1, 11), (1, 12)]


def test_times_and_ratings_are_kept(store, tmp_path):
    store.append([event(7, kind="rating", value=4.0), event(8)])
    collect(store, tmp_path)
    frame = read_table(next(tmp_path.glob("events-*.parquet")))
    assert frame["timestamp"].astype("int64").tolist() == [7_000_000, 8_000_000]
    assert frame["rating"].tolist()[0] == 4.0
    assert frame["rating"].isna().tolist() == [False, True]


def test_skips_are_left_out(store, tmp_path):
    store.append([event(1, kind="skip"), event(2)])
    assert collect(store, tmp_path) == Collected(1, 1, 0)
    assert len(rows_in(tmp_path)) == 1


def test_an_erased_user_is_gone_from_earlier_files_too(store, tmp_path):
    store.append([event(1), event(2, user=2)])
    collect(store, tmp_path)
    store.erase(1)
    assert collect(store, tmp_path) == Collected(0, 0, 1)
    assert rows_in(tmp_path) == [(2, 10)]
    assert read_json(tmp_path / "erased.json") == {"users": [1]}


def test_a_file_that_a_kill_prevented_is_written_by_the_next_collection(store, tmp_path, monkeypatch):
    store.append([event(1)])

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", killed)
        with pytest.raises(KeyboardInterrupt):
            collect(store, tmp_path)
    assert rows_in(tmp_path) == []
    assert collect(store, tmp_path) == Collected(1, 0, 0)
    assert rows_in(tmp_path) == [(1, 10)]


def test_another_store_is_refused_and_its_first_events_are_not_left_out(store, tmp_path):
    store.append([event(1), event(2, user=2)])
    store.erase(3)
    collect(store, tmp_path)
    with closing(EventStore(tmp_path / "new.sqlite")) as new:
        new.append([event(4, item=12)])
        with pytest.raises(DataError, match=r"events until number 3, but the event store ends at 1"):
            collect(new, tmp_path)
        next(tmp_path.glob("events-*.parquet")).rename(tmp_path / "events-old.parquet")
        assert collect(new, tmp_path) == Collected(1, 0, 1)
    assert sorted(rows_in(tmp_path)) == [(1, 10), (1, 12), (2, 10)]
    assert read_json(tmp_path / "erased.json") == {"users": [3]}
