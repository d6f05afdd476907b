"""Corrections for many comparisons, statistical power, and the interval of a share."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import binomtest

Values = NDArray[np.float64]


def holm(p_values: Values) -> Values:
    """Correct p-values for their number, so that at most one family in twenty has a false alarm at 0.05 (Holm, 1979).

    Formula: the i-th smallest of m becomes `max over j <= i of min(1, (m - j + 1) * p_j)`, j from 1.

    Args:
        p_values: (m,) in [0, 1]; NaN where nothing was tested; these are not counted.

    Returns:
        (m,) in the given order; NaN stays NaN.
    """
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    raised = np.arange(len(order), 0, -1) * p_values[order]
    corrected = np.full(len(p_values), np.nan)
    corrected[order] = np.minimum(np.maximum.accumulate(raised), 1) if len(order) else raised
    return corrected


def power(effect: float, error: float, alpha: float) -> float:
    """Return the chance that a two-sided normal test finds an effect (Cohen, 1988).

    Formula: `Phi(e - z) + Phi(-e - z)` with `e = |effect| / error` and `z` the quantile of `1 - alpha / 2`.

    Args:
        effect: the true difference.
        error: its standard error; NaN or 0 gives NaN.
        alpha: level of the test, above 0 and below 1.

    Returns:
        A share in [alpha, 1].
    """
    if not error > 0:
        return float("nan")
    reach, middle = abs(effect) / error, ndtri(1 - alpha / 2)
    return float(ndtr(reach - middle) + ndtr(-reach - middle))


def smallest_detectable(error: Values | float, alpha: float, chance: float) -> Values:
    """Return the smallest true difference that a two-sided normal test finds with a given chance.

    Formula: `(z(1 - alpha / 2) + z(chance)) * error`; Bloom, 1995, calls it the minimum detectable effect.

    Args:
        error: standard errors of any shape.
        alpha: level of the test, above 0 and below 1.
        chance: the power wanted, above 0 and below 1.

    Returns:
        Differences of the same shape, in the unit of the errors.
    """
    return np.asarray((ndtri(1 - alpha / 2) + ndtri(chance)) * np.asarray(error, dtype=np.float64))


def wilson(successes: int, trials: int, alpha: float) -> tuple[float, float]:
    """Return the score interval of a share, which is valid near 0 and 1 too (Wilson, 1927).

    Args:
        successes: how many trials succeeded.
        trials: how many there were, 1 or more.
        alpha: 1 minus the interval's level, above 0 and below 1.

    Returns:
        The lower and upper end, within [0, 1].
    """
    found = binomtest(successes, trials).proportion_ci(1 - alpha, method="wilson")
    return float(found.low), float(found.high)
