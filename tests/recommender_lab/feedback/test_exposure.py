import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.feedback.exposure import gini

exposures = st.lists(st.integers(0, 50), min_size=1, max_size=20).filter(any)


@pytest.mark.parametrize(
    ("exposure", "value"), [([1, 1, 1, 1], 0.0), ([0, 0, 0, 9], 0.75), ([1, 3], 0.25), ([0, 1, 2, 3], 5 / 12)]
)
def test_by_hand(exposure, value):
    assert gini(np.array(exposure)) == pytest.approx(value)


@given(exposures)
def test_half_the_mean_difference_over_the_mean(exposure):
    values = np.array(exposure)
    by_pairs = np.abs(values[:, None] - values).mean() / (2 * values.mean())
    assert gini(values) == pytest.approx(by_pairs, abs=1e-12)


@given(exposures, st.integers(2, 5))
def test_only_shares_matter_and_the_order_does_not(exposure, times):
    values = np.array(exposure)
    assert gini(values[::-1] * times) == pytest.approx(gini(values), abs=1e-12)
    assert 0 <= gini(values) + 1e-12 < 1


def test_nothing_shown_has_no_inequality():
    assert np.isnan(gini(np.zeros(4, dtype=np.int64)))
