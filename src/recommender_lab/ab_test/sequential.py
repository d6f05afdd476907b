"""Intervals that are valid on every day: a test may be evaluated each day and stopped on any of them."""

import numpy as np
from numpy.typing import NDArray

from recommender.estimate import Estimate

Values = NDArray[np.float64]


def reach(estimate: Estimate, alpha: float, effect: float) -> Values:
    """Return half the width of an interval that contains the true value on all days together.

    Formula: `sqrt(V * (V + t^2) / t^2 * (log((V + t^2) / V) - 2 * log(alpha)))`, V the squared standard error, t the
    effect: the mixture sequential probability ratio test (Johari, Koomen, Pekelis and Walsh, 2022, Operations
    Research 70), turned around. It holds as far as estimates are normal (Waudby-Smith et al., 2024, Annals of
    Statistics 52).

    Args:
        estimate: of means or differences; NaN where the error is 0 or not defined.
        alpha: 1 minus the level, above 0 and below 1.
        effect: the size of the difference with the narrowest intervals, above 0; choose it without looking at the data.
    """
    error = np.asarray(estimate.error, dtype=np.float64)
    variance, mixed = np.where(error > 0, error, np.nan) ** 2, effect**2
    return np.sqrt(variance * (variance + mixed) / mixed * (np.log1p(mixed / variance) - 2 * np.log(alpha)))
