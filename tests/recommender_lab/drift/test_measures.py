import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recommender.estimate import Estimate
from recommender_lab.drift.measures import (
    histogram,
    kolmogorov_smirnov,
    mean,
    psi,
    rarefied,
    rise,
    shares,
    total_variation,
    unmet_share,
)

samples = st.lists(st.floats(-100, 100, width=32) | st.just(np.nan), min_size=1, max_size=40).map(np.array)


class TestPsi:
    def test_against_visible_arithmetic(self):
        """Two bins, parted at the median 2: (3, 3) becomes (1, 5); half a count more in each."""
        reference, current = np.array([1.0, 1, 1, 2, 3, 3]), np.array([1.0, 2, 2, 2, 3, 3])
        r, c = np.array([3.5, 3.5]) / 7, np.array([1.5, 5.5]) / 7
        expected = (c[0] - r[0]) * np.log(c[0] / r[0]) + (c[1] - r[1]) * np.log(c[1] / r[1])
        found = psi(reference, current, bins=2)
        assert found.size == pytest.approx(expected) == pytest.approx(0.371224, abs=1e-6)
        assert found.p_value == pytest.approx(stats.chi2.sf(expected / (1 / 6 + 1 / 6), 1))

    def test_unknown_values_are_a_bin(self):
        known, half = np.zeros(100), np.where(np.arange(100) < 50, np.nan, 0.0)
        r, c = np.array([100.5, 0.5]) / 101, np.array([50.5, 50.5]) / 101
        assert psi(known, half, 10).size == pytest.approx(((c - r) * np.log(c / r)).sum())

    @pytest.mark.parametrize("shift", [0.0, 0.25, 0.5, 1.0])
    def test_a_moved_normal_distribution(self, shift):
        """Of large samples it is what the normal distribution says of the ten bins."""
        random = np.random.default_rng(0)
        edges = np.concatenate([[-np.inf], stats.norm.ppf(np.arange(1, 10) / 10), [np.inf]])
        r, c = np.diff(stats.norm.cdf(edges)), np.diff(stats.norm.cdf(edges - shift))
        found = psi(random.normal(size=200_000), random.normal(shift, size=200_000), 10)
        assert found.size == pytest.approx(((c - r) * np.log(c / r)).sum(), abs=0.01)

    @pytest.mark.parametrize(("n", "m", "bins"), [(660, 283, 10), (100, 100, 10), (60, 50, 5)])
    def test_p_values_are_as_often_small_as_they_say(self, n, m, bins):
        random = np.random.default_rng(1)
        values = [psi(random.normal(size=n), random.normal(size=m), bins).p_value for _ in range(1500)]
        for level in (0.01, 0.05, 0.2):
            assert np.mean(np.array(values) < level) == pytest.approx(level, abs=4 * np.sqrt(level / 1500))

    @given(samples, st.integers(2, 12))
    def test_nothing_changed(self, values, bins):
        found = psi(values, values, bins)
        assert found.size == 0
        assert found.p_value == 1

    @given(samples, samples, st.integers(2, 12))
    def test_never_negative_and_blind_to_order(self, left, right, bins):
        found = psi(left, right, bins)
        assert found.size >= 0
        assert 0 <= found.p_value <= 1
        assert psi(left[::-1], right[::-1], bins) == found

    def test_a_single_value_everywhere_is_no_drift(self):
        assert psi(np.full(5, 20.0), np.full(9, 20.0), 10).size == 0


class TestHistogram:
    @given(samples, samples, st.integers(2, 12))
    def test_shares_of_the_known_values(self, left, right, bins):
        rows = histogram(left, right, bins)
        assert sum(row["reference"] for row in rows) == pytest.approx(np.isfinite(left).mean())
        assert sum(row["current"] for row in rows) == pytest.approx(np.isfinite(right).mean())
        assert all(row["low"] <= row["high"] for row in rows)
        assert all(row["reference"] or row["current"] for row in rows)

    def test_by_hand(self):
        rows = histogram(np.array([1.0, 2, 3, 4]), np.array([9.0, 1]), 2)
        assert rows == [
            {"low": 1, "high": 2.5, "reference": 0.5, "current": 0.5},
            {"low": 2.5, "high": 9, "reference": 0.5, "current": 0.5},
        ]


class TestKolmogorovSmirnov:
    def test_by_hand(self):
        """Below 2.5 are 2 of 4 values, and 0 of 4."""
        assert kolmogorov_smirnov(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6])).size == 0.5

    @pytest.mark.parametrize(("n", "m"), [(3, 4), (40, 30), (700, 300)])
    def test_against_scipy(self, n, m):
        random = np.random.default_rng(2)
        left, right = random.normal(size=n), random.normal(0.3, size=m)
        found = kolmogorov_smirnov(np.append(left, np.nan), right)
        exact = stats.ks_2samp(left, right, method="exact")
        assert found.size == pytest.approx(exact.statistic)
        assert found.p_value == pytest.approx(exact.pvalue, abs=0.01)

    def test_as_many_values_that_hardly_differ(self):
        """SciPy warns that it cannot compute the exact p-value of the distance 1 / 5."""
        values = np.arange(5.0)
        assert kolmogorov_smirnov(values, values + 0.5).p_value > 0.99

    def test_a_moved_normal_distribution(self):
        """The distributions are farthest apart half way: 2 * cdf(shift / 2) - 1."""
        random = np.random.default_rng(3)
        found = kolmogorov_smirnov(random.normal(size=100_000), random.normal(0.5, size=100_000))
        assert found.size == pytest.approx(2 * stats.norm.cdf(0.25) - 1, abs=0.01)

    def test_p_values_are_at_most_as_often_small_as_they_say(self):
        random = np.random.default_rng(4)
        values = [kolmogorov_smirnov(random.normal(size=200), random.normal(size=90)).p_value for _ in range(1000)]
        assert 0.02 < np.mean(np.array(values) < 0.05) < 0.07

    @given(samples, samples)
    def test_any_samples(self, left, right):
        found = kolmogorov_smirnov(left, right)
        unknown = np.isnan(left).all() or np.isnan(right).all()
        assert np.isnan(found.size) == unknown
        assert 0 <= found.p_value <= 1


class TestRise:
    def test_against_scipy(self):
        random = np.random.default_rng(6)
        left, right = random.normal(size=4000), random.normal(0.03, 2, size=3000)
        found = rise(mean(left), mean(right))
        welch = stats.ttest_ind(right, left, equal_var=False, alternative="greater")
        assert found.size == pytest.approx(right.mean() - left.mean())
        assert found.p_value == pytest.approx(welch.pvalue, abs=1e-4)
        assert rise(mean(right), mean(left)).p_value == pytest.approx(1 - found.p_value)

    def test_without_any_spread(self):
        assert [rise(Estimate(0.5, 0), Estimate(value, 0)).p_value for value in (0.1, 0.5, 0.9)] == [1, 1, 0]


class TestUnmetShare:
    def test_by_hand(self):
        """Items in 1, 1, 2 and 4 lists are 8 places: 2 / 8, and (2 * (1 - 2 / 8) + 2 * 1) / 64."""
        assert unmet_share(np.array([1, 1, 2, 4])) == Estimate(0.25, np.sqrt(3.5) / 8)

    def test_against_drawing(self):
        """How far the share of unmet places is from its estimate, in standard deviations."""
        random, far = np.random.default_rng(7), []
        chance = 1 / np.arange(10, 210)
        for _ in range(400):
            counts = random.multinomial(600, chance / chance.sum())
            truth = chance[counts == 0].sum() / chance.sum()
            found = unmet_share(counts[counts > 0])
            far.append((found.value - truth) / found.error)
        assert np.mean(far) == pytest.approx(0, abs=0.2)
        assert np.std(far) == pytest.approx(1, abs=0.15)


class TestShares:
    def test_by_hand(self):
        assert shares({"a": 3, "b": 1}) == {"a": 0.75, "b": 0.25}

    def test_of_nothing(self):
        assert shares({"a": 0}) == {"a": 0}

    def test_total_variation_by_hand(self):
        """|0.5 - 0.2| + |0.5 - 0.5| + |0 - 0.3| = 0.6."""
        assert total_variation({"a": 0.5, "b": 0.5}, {"a": 0.2, "b": 0.5, "c": 0.3}) == pytest.approx(0.3)


class TestRarefied:
    def test_every_choice_of_lists(self):
        """Three lists {a}, {a}, {a, b}: of two, 3 choices of 3 hold a, 2 of 3 hold b."""
        assert rarefied(np.array([3, 1]), n=3, m=2) == pytest.approx(1 + 2 / 3)

    @given(st.lists(st.integers(1, 9), min_size=1, max_size=20).map(np.array))
    def test_all_lists_hold_all_items_and_one_list_as_many_as_lists_do_on_average(self, counts):
        assert rarefied(counts, 9, 9) == pytest.approx(len(counts))
        assert rarefied(counts, 9, 1) == pytest.approx(counts.sum() / 9)

    def test_against_drawing(self):
        random = np.random.default_rng(5)
        lists = random.random((40, 60)) < np.linspace(0.02, 0.5, 60)
        drawn = [lists[random.choice(40, 12, False)].any(axis=0).sum() for _ in range(4000)]
        counts = lists.sum(axis=0)
        assert rarefied(counts[counts > 0], 40, 12) == pytest.approx(np.mean(drawn), abs=0.15)
