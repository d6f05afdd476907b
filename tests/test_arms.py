from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from recommender.arms import arm_of, assign
from recommender.seeds import hash_ids

USERS = 4000
KEYS = pd.util.hash_array(np.arange(1, USERS + 1))
ALONE = np.zeros(USERS, dtype=np.int64)
THIRDS = (0.2, 0.3, 0.5)
SALTS = [str(number) for number in range(300)]


def counts(arms, n_arms):
    return np.array([np.bincount(row, minlength=n_arms) for row in arms])


def test_a_salt_gives_the_same_arms_for_ever_and_another_salt_others():
    first, again, other = assign(KEYS, ALONE, THIRDS, ["a", "a", "b"])
    assert (first == again).all()
    assert (first != other).mean() == pytest.approx(1 - 0.2**2 - 0.3**2 - 0.5**2, abs=0.03)


def test_users_keep_their_arm_when_others_come_or_go():
    some = np.arange(0, USERS, 3)
    whole = assign(KEYS, ALONE, THIRDS, ["a"])[0]
    assert (assign(KEYS[some], ALONE[some], THIRDS, ["a"])[0] == whole[some]).all()


def test_a_larger_share_only_takes_users_over():
    """Raising the first share from 0.2 to 0.4 moves nobody out of it: a ramp-up keeps who was served."""
    before, after = (assign(KEYS, ALONE, shares, ["a"])[0] for shares in ((0.2, 0.8), (0.4, 0.6)))
    assert (after[before == 0] == 0).all()


def test_assignments_are_uniform_over_salts():
    """300 tests of the same null: their p-values are uniform."""
    found = counts(assign(KEYS, ALONE, THIRDS, SALTS), 3)
    p_values = [stats.chisquare(row, np.array(THIRDS) * USERS).pvalue for row in found]
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


def test_two_salts_are_independent():
    """Among 299 pairs of salts the chi-square tests of independence reject in about 5 of 100."""
    arms = assign(KEYS, ALONE, (0.5, 0.5), SALTS)
    tables = [np.bincount(one * 2 + other, minlength=4).reshape(2, 2) for one, other in pairwise(arms)]
    p_values = [stats.chi2_contingency(table, correction=False).pvalue for table in tables]
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


def test_neighbouring_ids_are_not_served_alike():
    arms = assign(KEYS, ALONE, (0.5, 0.5), SALTS).astype(float)
    assert np.corrcoef(arms[:, :-1].ravel(), arms[:, 1:].ravel())[0, 1] == pytest.approx(0, abs=0.005)


class TestStrata:
    STRATA = np.repeat([0, 1, 2], [11, 1000, USERS - 1011])

    def test_each_stratum_is_split_by_the_shares_almost_exactly(self):
        arms = assign(KEYS, self.STRATA, THIRDS, SALTS[:50])
        for stratum, size in enumerate([11, 1000, USERS - 1011]):
            found = counts(arms[:, stratum == self.STRATA], 3)
            assert (np.abs(found - size * np.array(THIRDS)) < 1 + 1e-9).all()

    def test_each_user_meets_each_arm_as_often_as_its_share(self):
        """Also in the stratum of eleven users, where 0.2 is no whole number of users: within five standard errors."""
        salts = [str(number) for number in range(8000)]
        arms = assign(KEYS[:11], self.STRATA[:11] + np.repeat([0, 1], [10, 1]), THIRDS, salts)
        for arm, share in enumerate(THIRDS):
            assert np.abs((arms == arm).mean(axis=0) - share).max() < 5 * np.sqrt(share * (1 - share) / 8000)

    def test_another_salt_gives_another_split(self):
        first, other = assign(KEYS, self.STRATA, (0.5, 0.5), ["a", "b"])
        assert 0.4 < (first != other).mean() < 0.6


@pytest.mark.parametrize("ids", [np.arange(1, 60), np.array(["7", "u8", "é"], dtype=object)])
def test_one_user_alone_gets_the_arm_that_all_together_give(ids):
    shares = {"svd": 0.2, "popularity": 0.3, "two_stage": 0.5}
    together = assign(hash_ids(ids), np.zeros(len(ids), np.int64), THIRDS, ["a"])[0]
    assert [arm_of(user, shares, "a") for user in ids.tolist()] == [list(shares)[arm] for arm in together]
