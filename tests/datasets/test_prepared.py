import numpy as np
import pandas as pd

from recommender.datasets.prepared import Log, complete, items_table, summarise
from tests.datasets.helpers import events


def test_one_flag_per_genre_in_the_order_of_names() -> None:
    table = items_table(pd.Series([1, 2, 3]), [None] * 3, [None] * 3, [["Drama", "Action"], [], ["Drama"]])
    assert list(table)[3:] == ["genre_Action", "genre_Drama"]
    assert table["genre_Action"].tolist() == [1, 0, 0]
    assert table["genre_Drama"].tolist() == [1, 0, 1]
    assert table["genre_Drama"].dtype == np.uint8


def test_items_are_sorted_and_titles_fall_back_on_ids() -> None:
    table = items_table(pd.Series([20, 10]), ["B", None], [None, "1995-01-01"], [["x"], []])
    assert table["item_id"].tolist() == [10, 20]
    assert table["title"].tolist() == ["10", "B"]
    assert table["release_date"].fillna("none").tolist() == ["1995-01-01", "none"]
    assert table["genre_x"].tolist() == [0, 1]


def toy(users: list[int]) -> Log:
    log = events([(2, 30, 1, 5), (1, 10, 2, 6), (2, 10, 3, 5)])
    items = items_table(pd.Series([10, 20]), ["A", "B"], [None, None], [["x"], []])
    return Log(log, items, pd.DataFrame({"user_id": users, "age": [20 + user for user in users]}))


def test_items_of_the_log_alone_get_a_row_and_users_without_events_none() -> None:
    done = complete(toy([3, 2, 1]))
    assert done.items["item_id"].tolist() == [10, 20, 30]
    assert done.items["title"].tolist() == ["A", "B", "30"]
    assert done.items["genre_x"].tolist() == [1, 0, 0]
    assert done.items["genre_x"].dtype == np.uint8
    assert done.users.to_dict("list") == {"user_id": [1, 2], "age": [21, 22]}


def test_a_log_without_items_gets_bare_ones() -> None:
    log = toy([1, 2])
    done = complete(Log(log.interactions, items_table(log.interactions["item_id"].iloc[:0], [], [], []), log.users))
    assert done.items.columns.tolist() == ["item_id", "title", "release_date"]
    assert done.items["title"].tolist() == ["10", "30"]
    assert done.items["item_id"].dtype == "int64"
    assert done.items["release_date"].isna().all()


def test_the_summary_in_visible_arithmetic() -> None:
    found = summarise(complete(toy([1, 2])))
    assert found == {
        "interactions": 3,
        "users": 2,
        "items": 2,
        "items_in_catalogue": 3,
        "items_without_genre": 2,
        "items_without_row": 1,
        "user_ids": "integers",
        "item_ids": "integers",
        "density": 3 / (2 * 2),
        "users_with_one_event": 1,
        "median_events_per_user": (1 + 2) / 2,
        "share_of_users_with_tied_last_event": 1 / 2,
        "first_event": "1970-01-01T00:00:05+00:00",
        "last_event": "1970-01-01T00:00:06+00:00",
    }


def tied_last_share(log: pd.DataFrame) -> float:
    share: float = summarise(Log(log, log[["item_id"]], log[["user_id"]]))["share_of_users_with_tied_last_event"]
    return share


def test_only_a_tie_of_the_last_two_events_counts() -> None:
    rows = [(1, 1, 1, 9), (1, 2, 1, 9), (2, 1, 1, 3), (2, 2, 1, 3), (2, 3, 1, 4), (3, 1, 1, 9), (4, 1, 1, 7)]
    assert tied_last_share(events(rows)) == 1 / 4


def test_a_tie_is_a_tie_of_the_tie_rule() -> None:
    """Order_events compares microseconds: one of them apart is no tie, in the same second or not."""
    log = events([(1, 1, 1, 9), (1, 2, 1, 9)])
    apart = log.assign(timestamp=log["timestamp"] + pd.to_timedelta([0, 1], unit="us"))
    assert (tied_last_share(log), tied_last_share(apart)) == (1, 0)
