import pandas as pd
import pytest

from benchmarks.cold_start import cold_parts
from recommender.log.splitting import order_events
from tests.logs import sequences

# Users 1 and 2 are cold; 3 and 4 are not.
EVENTS = order_events(sequences({1: "abcde", 2: "fgh", 3: "abcf", 4: "gdea"}), "hashed", 0)
COLD = EVENTS["user_id"].isin([1, 2]).to_numpy()


def spelled(frame):
    return frame.groupby("user_id")["item_id"].agg("".join).to_dict()


@pytest.mark.parametrize(
    ("length", "known", "asked"),
    [
        (1, {1: "a", 2: "f"}, {1: "b", 2: "g"}),
        (2, {1: "ab", 2: "fg"}, {1: "c", 2: "h"}),
        (3, {1: "abc", 2: "fgh"}, {1: "d"}),
    ],
)
def test_the_first_events_are_known_and_the_next_is_asked_for(length, known, asked):
    parts = cold_parts(EVENTS, COLD, length)
    assert spelled(parts.train) == known | {3: "ab", 4: "gd"}
    assert spelled(parts.valid) == {3: "c", 4: "e"}
    assert spelled(parts.test) == asked


def test_the_requests_are_those_of_the_asked_at_the_time_of_the_answer():
    parts = cold_parts(EVENTS, COLD, 2)
    pd.testing.assert_frame_equal(parts.requests, parts.test[["user_id", "timestamp"]])


def test_later_events_of_the_cold_users_change_nothing():
    position = EVENTS.groupby("user_id").cumcount()
    later = COLD & (position > 2)
    one, other = cold_parts(EVENTS, COLD, 2), cold_parts(EVENTS[~later], COLD[~later], 2)
    for name in ("train", "valid", "test", "requests"):
        pd.testing.assert_frame_equal(*(getattr(parts, name).reset_index(drop=True) for parts in (one, other)))
