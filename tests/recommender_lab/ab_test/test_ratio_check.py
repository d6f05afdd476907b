import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recommender_lab.ab_test.ratio_check import sample_ratio


@given(st.lists(st.integers(5, 1000), min_size=2, max_size=5))
def test_it_is_scipys(users):
    found, shares = np.array(users), np.arange(1, len(users) + 1) / sum(range(1, len(users) + 1))
    theirs = stats.chisquare(found, shares * found.sum())
    assert sample_ratio(found, shares.tolist()) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9)


def test_an_arm_that_lost_users_is_seen():
    assert sample_ratio(np.array([5000, 4700]), (0.5, 0.5))[1] < 0.005
