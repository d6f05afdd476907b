from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.datasets.selection import select
from recommender.errors import DataError
from tests.datasets.helpers import events

# File order; user 1 meets item 10 four times: rows 0, 2, 3 (equal to 0) and 5 (same time as 2).
LOG = events([(1, 10, 3, 50), (2, 10, 4, 60), (1, 10, 5, 20), (1, 10, 3, 50), (2, 20, 1, 10), (1, 10, 2, 20)])


def ratings(frame: pd.DataFrame) -> list[float]:
    return frame["rating"].tolist()


def test_of_repeats_the_first_by_time_then_file_order_is_kept() -> None:
    kept, _ = select(LOG, 1.0, 0)
    assert ratings(kept) == [4, 5, 1]
    tied = events([(1, 10, 3, 20), (1, 10, 4, 20), (2, 10, 5, 20), (2, 20, 1, 20)])
    assert ratings(select(tied, 1.0, 0)[0]) == [3, 5, 1]


def test_repeats_stay_where_users_choose_items_again() -> None:
    kept, counts = select(LOG, 1.0, 0, repeats=True)
    assert ratings(kept) == [3, 4, 5, 1, 2]  # without row 3, which equals row 0
    assert counts["repeats_dropped"] == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.integers(1, 5), st.integers(0, 4)), min_size=1))
def test_a_later_event_removes_no_earlier_one(rows: list[tuple[int, str, int, int]]) -> None:
    base = [(8, "x", 1, 0), (9, "y", 1, 0), *rows]
    kept, _ = select(events(base), 1.0, 0)
    later = [(user, item, 6, 9) for user, item, *_ in rows]
    assert ratings(select(events([*base, *later]), 1.0, 0)[0]) == ratings(kept)
    first: dict[tuple[int, str], tuple[int, int]] = {}
    for row, (user, item, _, time) in enumerate(base):
        first[user, item] = min(first.get((user, item), (time, row)), (time, row))
    assert ratings(kept) == [base[row][2] for row in sorted(row for _, row in first.values())]


def many(users: int, text: bool) -> pd.DataFrame:
    return events([(f"user {user}" if text else user, item, 3, user) for user in range(users) for item in (1, 2)])


def test_a_larger_share_contains_the_smaller() -> None:
    for text in (False, True):
        shares = [set(select(many(40, text), share, 7)[0]["user_id"]) for share in (0.1, 0.25, 0.5, 0.9, 1.0)]
        assert [len(share) for share in shares] == [4, 10, 20, 36, 40], text
        assert all(small < large for small, large in pairwise(shares)), text


def test_the_seed_decides_who_is_kept_and_the_order_of_the_file_does_not() -> None:
    log = many(40, text=True)
    kept = set(select(log, 0.25, 7)[0]["user_id"])
    assert set(select(log.iloc[::-1], 0.25, 7)[0]["user_id"]) == kept
    assert set(select(log, 0.25, 8)[0]["user_id"]) != kept


def test_a_share_is_rounded_up_and_keeps_whole_users() -> None:
    sample, _ = select(many(7, text=False), 0.3, 7)  # 0.3 x 7 = 2.1 users
    assert sample["user_id"].nunique() == 3
    assert len(sample) == 3 * 2


def test_everything_that_goes_is_counted() -> None:
    kept, counts = select(LOG, 1.0, 0)
    assert len(kept) == 6 - 1 - 2
    assert counts == {
        "rows": 6,
        "share_of_repeats_dropped": 2 / 6,
        "duplicate_rows_dropped": 1,
        "repeats_dropped": 2,
        "events_dropped_by_fraction": 0,
        "users_dropped_by_fraction": 0,
    }


def test_users_beyond_the_share_are_counted() -> None:
    _, counts = select(many(40, text=True), 0.25, 0)
    assert counts["users_dropped_by_fraction"] == 30
    assert counts["events_dropped_by_fraction"] == 60


def test_a_share_that_leaves_one_user_is_an_error() -> None:
    with pytest.raises(DataError, match=r"prepare.user_fraction: 0.01: found only one user .*; raise it"):
        select(many(10, text=False), 0.01, 0)


def test_the_input_is_left_alone() -> None:
    before = LOG.copy(deep=True)
    select(LOG, 0.9, 0)
    pd.testing.assert_frame_equal(LOG, before)
