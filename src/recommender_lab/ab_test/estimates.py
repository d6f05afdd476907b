"""Estimates the difference of two groups of users from sums alone.

Thousands of assignments are computed at once: each is a row of sums.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recommender.estimate import Estimate
from recommender.evaluation.intervals import UNIT, product, to_units
from recommender_lab.ab_test.population import Population

Values = NDArray[np.float64]
COUNT, X, XX, Y, YY, XY = range(6)


def mean(values: Values) -> Estimate:
    """Estimate a mean, such as that of paired differences.

    Args:
        values: (users,), two or more.

    Returns:
        Arrays of no dimension.
    """
    users = len(values)
    error = values.std(ddof=1) / np.sqrt(users)
    return Estimate(np.asarray(values.mean()), np.asarray(error), np.asarray(users - 1.0))


def sums(population: Population, metric: str, arms: NDArray[np.int8], n_arms: int) -> Values:
    """Sum the outcomes of each arm under each policy, whether it served that arm or not.

    The sums are of multiples of 2**-24 and exact, so that neither threads nor processors change a bit.

    Args:
        population: the users.
        metric: the outcome.
        arms: int8 (salts, users).
        n_arms: number of arms; arm i is served by policy i.

    Returns:
        (salts, arms, policies, strata, 6): number, sums of x, x^2, y, y^2 and xy; x the covariate, y the outcome.
    """
    x, outcomes = population.covariate, population.outcomes[metric]
    columns = np.stack([_columns(x, y) for y in outcomes.T], axis=1)
    starts = np.searchsorted(population.strata, np.arange(population.strata[-1] + 2))
    whole = to_units(columns).reshape(len(x), -1)
    found = np.empty((len(arms), n_arms, outcomes.shape[1], len(starts) - 1, 6))
    for arm in range(n_arms):
        members = (arms == arm).astype(np.float64)
        for stratum, (start, end) in enumerate(pairwise(starts)):
            total = product(members[:, start:end], whole[start:end]) * UNIT
            found[:, arm, :, stratum] = total.reshape(len(arms), -1, 6)
    return found


def difference(treated: Values, control: Values, *, adjusted: bool) -> Estimate:
    """Estimate the difference of two arms, stratum by stratum, weighted by the users of each.

    Plain: means and Welch's standard error and degrees of freedom. Adjusted: CUPED (Deng et al., 2013), the same of
    `y - theta * x` with `theta = cov(x, y) / var(x)` within arms and strata, which removes what x explains.
    A group of fewer than two users gives NaN.

    Args:
        treated: (..., strata, 6), from `sums`.
        control: the same of the other arm.
        adjusted: whether to adjust by the covariate.

    Returns:
        Treated minus control, (...,).
    """
    both = np.stack([treated, control])
    count = both[..., COUNT]
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = both[..., X] / count, both[..., Y] / count
        spread_x, spread_y = both[..., XX] - x * both[..., X], both[..., YY] - y * both[..., Y]
        together = both[..., XY] - x * both[..., Y]
        theta = (_slope(spread_x, together) if adjusted else np.zeros(count.shape[1:-1]))[..., None]
        spread = np.maximum(spread_y - 2 * theta * together + theta**2 * spread_x, 0)
        weight = count.sum(axis=0) / count.sum(axis=(0, -1))[..., None]
        gap = (weight * ((y - theta * x)[0] - (y - theta * x)[1])).sum(axis=-1)
        parts = weight**2 * spread / (count - 1) / count
        variance = parts.sum(axis=(0, -1))
        freedom = variance**2 / (parts**2 / (count - 1)).sum(axis=(0, -1))
    return Estimate(gap, np.sqrt(variance), freedom)


def _columns(x: Values, y: Values) -> Values:
    return np.column_stack([np.ones(len(x)), x, x * x, y, y * y, x * y])


def _slope(spread_x: Values, together: Values) -> Values:
    """Return the slope of y on x within groups; 0 where x does not vary."""
    below, above = spread_x.sum(axis=(0, -1)), together.sum(axis=(0, -1))
    return np.where(below > 0, above / np.where(below > 0, below, 1), 0)
