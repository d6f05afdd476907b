"""Verdicts, corrections for many comparisons, statistical power, and intervals where chance is hard to see."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Values = NDArray[np.float64]

ALPHA = 0.05
CLEAR, NOISE, TOO_FEW = "a clear difference", "within noise", "too few users to tell"
FEWEST_USERS = 10
"""With fewer users, even large differences between policies are hardly ever found: the sign-flip test needs six that
all differ in one direction. From here on nothing is called clear more often than 1 time in 20 where nothing differs."""
SMALLEST = 0.001
"""The smallest p-value that is shown as a number."""
SAME = 1e-6
"""Intervals narrower than this have no width: metrics are rounded to it."""


def verdict(found: Mapping[str, float]) -> str:
    """Say whether two policies differ: both the p-value and the interval must agree, from enough users.

    The percentile bootstrap alone would call a difference clear for nearly every second single user.

    Args:
        found: `users`, `low`, `high` (of the difference) and `p_value`.

    Returns:
        `CLEAR`, `NOISE` or `TOO_FEW`.
    """
    if found["users"] < FEWEST_USERS:
        return TOO_FEW
    return NOISE if found["low"] <= 0 <= found["high"] or found["p_value"] > ALPHA else CLEAR


def shown(p_value: float) -> str:
    """Return a p-value with three decimals, and `< 0.001` for one that they would show as 0."""
    return f"{p_value:.3f}" if p_value >= SMALLEST else f"< {SMALLEST}"


def widen(
    low: Values | float, high: Values | float, users: Values | int, lowest: Values | float, highest: Values | float,
    alpha: float = ALPHA,
) -> tuple[Values, Values]:  # fmt: skip
    """Give a width to the intervals without one: users with equal values by chance have no spread to learn from.

    If all n users have the same value, a share of up to `u = z^2 / (n + z^2)` of all users may have another one: the
    upper end of Wilson's interval of 0 in n. These may have any possible value. For a rate this is Wilson's interval.

    Args:
        low: lower ends of the intervals of means; NaN stays NaN.
        high: upper ends, of the same shape.
        users: how many users each is from.
        lowest: the least value that a user may have.
        highest: the largest.
        alpha: 1 minus the intervals' level.

    Returns:
        The lower and upper ends: `[c - u * (c - lowest), c + u * (highest - c)]` where both were c.
    """
    square = float(ndtri(1 - alpha / 2)) ** 2
    unseen, flat = square / (users + square), high - low < SAME
    wide = low - unseen * (low - lowest), high + unseen * (highest - high)
    return np.where(flat, wide[0], low), np.where(flat, wide[1], high)


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
    z = float(ndtri(1 - alpha / 2))
    centre = (successes + z**2 / 2) / (trials + z**2)
    reach = z * (successes * (trials - successes) / trials + z**2 / 4) ** 0.5 / (trials + z**2)
    return max(0.0, centre - reach), min(1.0, centre + reach)
