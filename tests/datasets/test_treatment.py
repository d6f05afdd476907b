from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.datasets.treatment import drop_duplicates, drop_repeats, sample_users, treat
from recommender.errors import DataError
from tests.datasets.helpers import events

# File order; user 1 meets item 10 four times: rows 0, 2, 3 (equal to 0) and 5 (same time as 2).
LOG = events([(1, 10, 3, 50), (2, 10, 4, 60), (1, 10, 5, 20), (1, 10, 3, 50), (2, 20, 1, 10), (1, 10, 2, 20)])


def ratings(frame: pd.DataFrame) -> list[float]:
    return frame["rating"].tolist()


def test_rows_that_are_equal_in_everything_are_kept_once() -> None:
    assert ratings(drop_duplicates(LOG)) == [3, 4, 5, 1, 2]


def test_the_first_meeting_is_by_time_then_file_order() -> None:
    assert ratings(drop_repeats(LOG, "first")) == [4, 5, 1]


def test_the_last_meeting_is_by_time_then_file_order() -> None:
    assert ratings(drop_repeats(LOG, "last")) == [4, 3, 1]
    tied = events([(1, 10, 3, 20), (1, 10, 4, 20), (2, 10, 5, 20)])
    assert ratings(drop_repeats(tied, "last")) == [4, 5]
    assert ratings(drop_repeats(tied, "first")) == [3, 5]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.integers(1, 5), st.integers(0, 4)), min_size=1),
    st.sampled_from(["first", "last"]),
)
def test_repeats_agree_with_sorting_everything(rows: list[tuple[int, str, int, int]], keep: str) -> None:
    frame = events(rows).assign(row=np.arange(len(rows)))
    best = frame.sort_values(["timestamp", "row"]).drop_duplicates(["user_id", "item_id"], keep=keep)
    assert drop_repeats(frame, keep)["row"].tolist() == sorted(best["row"])  # type: ignore[arg-type]


def many(users: int, text: bool) -> pd.DataFrame:
    return events([(f"user {user}" if text else user, item, 3, user) for user in range(users) for item in (1, 2)])


@pytest.mark.parametrize("text", [False, True])
def test_a_larger_share_contains_the_smaller(text: bool) -> None:
    log = many(40, text)
    shares = [set(sample_users(log, share, 7)["user_id"]) for share in (0.1, 0.25, 0.5, 0.9, 1.0)]
    assert [len(share) for share in shares] == [4, 10, 20, 36, 40]
    assert all(small < large for small, large in pairwise(shares))


def test_the_seed_decides_who_is_kept_and_the_order_of_the_file_does_not() -> None:
    log = many(40, text=True)
    kept = set(sample_users(log, 0.25, 7)["user_id"])
    assert set(sample_users(log.iloc[::-1], 0.25, 7)["user_id"]) == kept
    assert set(sample_users(log, 0.25, 8)["user_id"]) != kept


def test_a_share_is_rounded_up_and_keeps_whole_users() -> None:
    sample = sample_users(many(7, text=False), 0.3, 7)  # 0.3 x 7 = 2.1 users
    assert sample["user_id"].nunique() == 3
    assert len(sample) == 3 * 2


def test_everything_that_goes_is_counted() -> None:
    kept, counts = treat(LOG, "first", 1.0, 0)
    assert len(kept) == 6 - 1 - 2
    assert counts == {
        "duplicate_rows_dropped": 1,
        "repeats_dropped": 2,
        "events_dropped_by_fraction": 0,
        "users_dropped_by_fraction": 0,
    }


def test_users_beyond_the_share_are_counted() -> None:
    _, counts = treat(many(40, text=True), "first", 0.25, 0)
    assert counts["users_dropped_by_fraction"] == 30
    assert counts["events_dropped_by_fraction"] == 60


def test_a_share_that_leaves_one_user_is_an_error() -> None:
    with pytest.raises(DataError, match=r"prepare.user_fraction: 0.01: found one user only .*; raise it"):
        treat(many(10, text=False), "first", 0.01, 0)


def test_the_input_is_left_alone() -> None:
    before = LOG.copy(deep=True)
    treat(LOG, "last", 0.9, 0)
    pd.testing.assert_frame_equal(LOG, before)
