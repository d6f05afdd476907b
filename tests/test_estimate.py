import numpy as np
import pytest
from scipy import stats

from recommender.estimate import Estimate


def test_with_degrees_of_freedom_it_is_students_t_test():
    values = np.random.default_rng(0).normal(0.2, 1, 12)
    found, theirs = Estimate(values.mean(), stats.sem(values), 11), stats.ttest_1samp(values, 0)
    assert found.p_values() == pytest.approx(theirs.pvalue)
    assert found.interval(0.1) == pytest.approx(tuple(theirs.confidence_interval(0.9)))


def test_without_them_it_is_the_normal_distribution():
    assert Estimate(5.0, 2.0).interval() == pytest.approx((5 - 1.959964 * 2, 5 + 1.959964 * 2), abs=1e-6)
    assert Estimate(1.959964, 1.0).p_values() == pytest.approx(0.05, abs=1e-6)


def test_without_an_error_nothing_is_tested():
    assert np.isnan(Estimate(np.ones(2), np.array([0.0, np.nan])).p_values()).all()
