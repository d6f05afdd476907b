import json

import pandas as pd
import pytest

from recommender.datasets.collected import add_collected
from recommender.datasets.prepared import Log
from recommender.errors import DataError
from recommender.files import write_table


def events(*rows):
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "timestamp"])
    return frame.assign(timestamp=pd.to_datetime(frame["timestamp"], unit="s", utc=True).dt.as_unit("us"))


def log_of(*rows):
    frame = events(*rows)
    return Log(frame, frame[["item_id"]], frame[["user_id"]].drop_duplicates())


LOG = log_of((1, 10, 4.0, 100), (1, 11, 2.0, 200), (2, 10, 3.0, 300))


def collect(folder, number, *rows):
    write_table(events(*rows), folder / f"events-{number}.parquet")


def rows_of(log):
    frame = log.interactions
    return list(zip(frame["user_id"], frame["item_id"], frame["rating"], strict=True))


def test_without_files_the_log_is_as_it_was(tmp_path):
    found = add_collected(LOG, tmp_path)
    assert rows_of(found) == rows_of(LOG)
    assert found.counted == {"events_collected": 0, "users_erased": 0}


def test_events_are_added_in_time_order_and_without_a_rating_the_mean_counts(tmp_path):
    collect(tmp_path, 2, (3, 12, 5.0, 500))
    collect(tmp_path, 1, (2, 11, None, 600))
    found = add_collected(LOG, tmp_path)
    assert rows_of(found)[3:] == [(3, 12, 5.0), (2, 11, (4 + 2 + 3) / 3)]
    assert found.users["user_id"].tolist() == [1, 2, 3]
    assert found.counted["events_collected"] == 2


def test_an_item_that_the_user_has_is_not_added_again(tmp_path):
    collect(tmp_path, 1, (1, 10, 1.0, 900), (2, 12, 1.0, 950), (2, 12, 5.0, 940))
    assert rows_of(add_collected(LOG, tmp_path))[3:] == [(2, 12, 5.0)]


def test_a_rating_after_a_click_is_the_rating_of_the_click(tmp_path):
    collect(tmp_path, 1, (2, 12, None, 940), (2, 13, None, 945))
    collect(tmp_path, 2, (2, 12, 4.0, 960), (2, 12, 5.0, 970), (2, 10, 1.0, 980))
    found = add_collected(LOG, tmp_path)
    assert rows_of(found)[3:] == [(2, 12, 4.0), (2, 13, (4 + 2 + 3) / 3)]
    assert found.interactions["timestamp"].tolist()[3] == pd.Timestamp(940, unit="s", tz="UTC")


def test_where_users_choose_items_again_a_rating_is_an_event_of_its_own(tmp_path):
    collect(tmp_path, 1, (2, 12, None, 940), (2, 12, 5.0, 960))
    assert rows_of(add_collected(LOG, tmp_path, repeats=True))[3:] == [(2, 12, (4 + 2 + 3) / 3), (2, 12, 5.0)]


def test_where_users_choose_items_again_only_the_same_event_is_not_added_again(tmp_path):
    collect(tmp_path, 1, (1, 10, 1.0, 100), (1, 10, 1.0, 900), (2, 12, 1.0, 950), (2, 12, 5.0, 940), (2, 12, 5.0, 940))
    assert rows_of(add_collected(LOG, tmp_path, repeats=True))[3:] == [(1, 10, 1.0), (2, 12, 5.0), (2, 12, 1.0)]


def test_erased_users_are_left_out_of_both(tmp_path):
    collect(tmp_path, 1, (1, 12, 1.0, 900), (9, 12, 1.0, 900))
    (tmp_path / "erased.json").write_text(json.dumps({"users": [1, 9]}))
    found = add_collected(LOG, tmp_path)
    assert rows_of(found) == [(2, 10, 3.0)]
    assert found.counted["users_erased"] == 2


@pytest.mark.parametrize(
    ("rows", "erased", "message"),
    [
        ([("x", 12, 1.0, 900)], None, "column user_id: found text, expected integers as in the log"),
        ([], {"users": [1, 2]}, r"erased.json: every user of the log is erased"),
        ([], {}, r"erased.json: expected {\"users\": "),
    ],
)
def test_what_cannot_be_added_is_refused(tmp_path, rows, erased, message):
    if rows:
        collect(tmp_path, 1, *rows)
    if erased is not None:
        (tmp_path / "erased.json").write_text(json.dumps(erased))
    with pytest.raises(DataError, match=message):
        add_collected(LOG, tmp_path)
