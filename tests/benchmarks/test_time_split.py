from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from benchmarks.time_split import core, known_events, later_requests, over_users

START = pd.Timestamp("2020-01-01", tz="UTC")


def log(rows):
    """Events of `(user, item, day)`."""
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "day"])
    return frame.assign(timestamp=START + pd.to_timedelta(frame["day"], unit="D")).drop(columns="day")


def test_the_core_is_what_is_left_when_nothing_is_too_rare():
    """Item 3 has one event; without it user 9 has one, and without user 9 item 2 has one."""
    rows = [(7, 1, 0), (8, 1, 0), (7, 4, 1), (8, 4, 1), (9, 2, 0), (9, 3, 1), (7, 2, 2)]
    assert core(log(rows), 2).index.tolist() == [0, 1, 2, 3]


def test_models_know_users_with_two_events_up_to_the_moment():
    rows = [(7, 1, 0), (7, 2, 1), (7, 3, 2), (8, 1, 1), (8, 2, 3)]
    assert known_events(log(rows), START + pd.Timedelta(days=1)).index.tolist() == [0, 1]


def test_each_later_event_is_a_request_after_all_before_it():
    """User 8 is new, so the first event is no request; the models do not know item 9, which no position counts."""
    rows = [(7, 1, 0), (7, 2, 1), (7, 9, 2), (7, 3, 3), (8, 3, 2), (8, 1, 3)]
    bundle = SimpleNamespace(histories=SimpleNamespace(items=np.array([1, 2, 3])))
    found = later_requests(log(rows), log(rows[:2]), bundle, START + pd.Timedelta(days=1))
    columns = ["user", "item", "position", "warm"]
    assert found[columns].values.tolist() == [[0, -1, 2, True], [0, 2, 2, True], [1, 0, 1, False]]


def test_the_interval_takes_all_requests_of_a_user_together():
    """Users deviate by -1 and +1 in all, so the error of the mean of four is sqrt(1 + 1) / 4."""
    found = over_users(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 0, 1, 1]))
    assert found["high"] - found["value"] == pytest.approx(1.959964 * 2**0.5 / 4)
