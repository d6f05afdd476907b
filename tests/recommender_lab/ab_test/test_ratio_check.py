import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recommender.arms import assign
from recommender_lab.ab_test.ratio_check import sample_ratio


@given(st.lists(st.integers(5, 1000), min_size=2, max_size=5))
def test_it_is_scipys(users):
    found, shares = np.array(users), np.arange(1, len(users) + 1) / sum(range(1, len(users) + 1))
    theirs = stats.chisquare(found, shares * found.sum())
    assert sample_ratio(found[None], shares.tolist()) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9)


def test_an_arm_that_lost_users_is_seen():
    assert sample_ratio(np.array([[5000, 4700]]), (0.5, 0.5))[1] < 0.005


SHARES = (0.2, 0.3, 0.5)


@given(st.lists(st.integers(3, 40), min_size=2, max_size=5), st.integers(0, 99))
def test_strata_that_are_cut_by_the_shares_are_right(sizes, salt):
    strata = np.repeat(np.arange(len(sizes)), sizes)
    arms = assign(np.arange(len(strata), dtype=np.uint64), strata, SHARES, [str(salt)])[0]
    users = np.array([np.bincount(arms[strata == one], minlength=3) for one in range(len(sizes))])
    assert sample_ratio(users, SHARES)[1] == 1


def test_users_who_moved_to_another_arm_in_one_stratum_are_seen():
    """Of 20 users, 4, 6 and 10 are expected; in all, the arms have their shares."""
    assert sample_ratio(np.array([[4, 6, 10], [4, 6, 10]]), SHARES)[1] == 1
    assert sample_ratio(np.array([[6, 4, 10], [2, 8, 10]]), SHARES)[1] == 0
