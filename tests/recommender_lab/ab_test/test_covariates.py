import numpy as np
import pandas as pd
import pytest

from recommender_lab.ab_test.covariates import covariate, strata_of

# User 1 has 1 event, user 2 has 3, user 3 has 7; item 9 is met by all three.
HISTORY = pd.DataFrame({"user_id": [1, 2, 2, 2, *[3] * 7], "item_id": [9, 9, 1, 2, 9, *range(1, 7)]})
USERS = pd.Series([1, 2, 3])


def test_history_length_is_on_a_log_scale():
    """log 2, log 4 and log 8 are evenly apart."""
    assert covariate(HISTORY, USERS, "history_length") == pytest.approx([0, 0.5, 1])


def test_recent_popularity_is_the_mean_log_of_events_per_item():
    """Items 9, 1, 2 have 3, 2, 2 events and the others 1."""
    raw = np.log([3, (3 * 2 * 2) ** (1 / 3), (3 * 2 * 2) ** (1 / 7)])
    assert covariate(HISTORY, USERS, "recent_popularity") == pytest.approx((raw - raw.min()) / np.ptp(raw))


def test_recent_popularity_looks_at_the_ten_latest_items():
    old = pd.DataFrame({"user_id": 3, "item_id": [9] * 5})
    new = pd.DataFrame({"user_id": 3, "item_id": range(20, 30)})
    found = covariate(pd.concat([HISTORY, old, new]), USERS, "recent_popularity")
    assert found.argmin() == 2  # its ten latest are met by nobody else


@pytest.mark.parametrize("name", ["history_length", "recent_popularity"])
def test_who_is_asked_decides_the_order_and_nothing_else(name):
    forth, back = covariate(HISTORY, USERS, name), covariate(HISTORY, USERS[::-1], name)
    assert (forth == back[::-1]).all()


def test_equal_users_have_a_constant_covariate():
    history = pd.DataFrame({"user_id": [1, 2, 3], "item_id": [1, 1, 1]})
    assert covariate(history, USERS, "history_length").tolist() == [0, 0, 0]


def test_ids_may_be_text():
    history = HISTORY.assign(user_id="u" + HISTORY["user_id"].astype(str))
    assert covariate(history, "u" + USERS.astype(str), "history_length") == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize(("number", "expected"), [(1, [0, 0, 0]), (2, [0, 0, 1]), (3, [0, 1, 2])])
def test_strata_are_groups_of_like_length(number, expected):
    assert strata_of(HISTORY, USERS, number).tolist() == expected


def test_strata_have_equal_sizes():
    history = pd.DataFrame({"user_id": np.repeat(np.arange(100), np.arange(1, 101)), "item_id": 1})
    found = strata_of(history, pd.Series(range(100)), 4)
    assert np.bincount(found).tolist() == [25, 25, 25, 25]
    assert (np.diff(found) >= 0).all()
