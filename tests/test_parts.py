import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import DataError
from recommender.files import parquet_of, write_table
from recommender.outputs import as_a_set, new_folder
from recommender.parts import list_parts, list_together, part_of, read_events, write_events

EVENTS = pd.DataFrame({"user_id": np.arange(60) % 20, "item_id": np.arange(60)})


def written(folder, count, events=EVENTS):
    with as_a_set():
        write_events(events, folder / "events.parquet", count)
    return folder / "events.parquet"


@given(users=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), count=st.integers(1, 9))
def test_each_user_is_in_exactly_one_part_and_no_event_is_lost(users, count):
    events = pd.DataFrame({"user_id": np.array(users, dtype=np.int64)})
    part = part_of(events["user_id"], count)
    assert len(part) == len(users)
    assert ((part >= 0) & (part < count)).all()
    assert (events.assign(part=part).groupby("user_id")["part"].nunique() == 1).all()


@pytest.mark.parametrize("kind", ["int64", "str"])
def test_all_parts_together_are_the_events_in_their_order_within_a_user(tmp_path, kind):
    events = EVENTS.astype({"user_id": kind})
    found = read_events(written(tmp_path, 3, events)).sort_values("item_id", ignore_index=True)
    pd.testing.assert_frame_equal(found, events)
    for path in list_parts(tmp_path / "events.parquet"):
        assert pq.read_table(path)["item_id"].to_pandas().is_monotonic_increasing


def test_one_part_is_the_file_of_all_events(tmp_path):
    assert (written(tmp_path, 1) / "part-00000.parquet").read_bytes() == bytes(parquet_of(EVENTS))


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_missing_part_is_named(tmp_path, at):
    (written(tmp_path, 3) / f"part-0000{at}.parquet").unlink()
    with pytest.raises(DataError, match=rf"part-0000{at}.parquet: is missing, expected 3 parts; delete"):
        read_events(tmp_path / "events.parquet")


def test_the_parts_of_the_same_users_come_together(tmp_path):
    history, held_out = (written(tmp_path / name, 2) for name in ("history", "held_out"))
    assert list_together([history, held_out]) == [*zip(list_parts(history), list_parts(held_out), strict=True)]
    written(tmp_path / "held_out", 3)
    with pytest.raises(DataError, match=r"held_out.*: has 3 parts, expected 2 as .*history.* has; delete it"):
        list_together([history, held_out])


def test_a_file_is_no_folder_of_parts(tmp_path):
    write_table(EVENTS, tmp_path / "events.parquet")
    with pytest.raises(DataError, match=r"events.parquet: is a file, expected a folder of parts"):
        read_events(tmp_path / "events.parquet")


def test_parts_of_an_earlier_run_are_gone(tmp_path):
    written(tmp_path, 3)
    assert [path.name for path in written(tmp_path, 1).iterdir()] == ["part-00000.parquet"]
    assert [path.name for path in tmp_path.iterdir()] == ["events.parquet"]


def test_a_failed_set_leaves_the_old_parts_and_what_a_killed_run_left_goes(tmp_path):
    path = written(tmp_path, 3)
    (tmp_path / ".events.parquet.1.tmp").mkdir()
    with pytest.raises(KeyError), as_a_set():
        write_events(EVENTS[["item_id"]], path)
    assert len(list_parts(path)) == 3
    assert [left.name for left in tmp_path.iterdir()] == ["events.parquet"]


def test_a_new_folder_needs_an_open_set(tmp_path):
    with pytest.raises(RuntimeError, match="no set is open"):
        new_folder(tmp_path / "events.parquet")


def test_what_a_killed_worker_left_does_not_appear(tmp_path):
    path = tmp_path / "events.parquet"
    with as_a_set():
        write_events(EVENTS, path)
        [folder] = tmp_path.iterdir()
        (folder / ".part-00000.parquet.1.tmp").write_bytes(b"half")
    assert [found.name for found in path.iterdir()] == ["part-00000.parquet"]
