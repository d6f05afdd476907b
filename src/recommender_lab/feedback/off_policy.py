"""What another policy would have earned, estimated from the log of this one.

A slate's clicks add up slot by slot and a click depends on the user, the item and the slot alone, so weights per slot
and item are enough (the item-position estimator of Li et al., 2018), and no slate needs to have been shown as a whole.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
NORMAL = 1.959964


@dataclass(frozen=True)
class Logged:
    """A log of slates, and what is needed to ask about another policy.

    Attributes:
        clicks: 0 or 1, (..., n, k).
        propensity: probability that the logging policy shows this item in this slot, above 0, (..., n, k).
        target: the same of the other policy, (..., n, k).
        predicted: the reward model's click probability of what was shown, (..., n, k).
        expected: the reward model's clicks under the other policy, (..., n).
    """

    clicks: Values
    propensity: Values
    target: Values
    predicted: Values
    expected: Values


@dataclass(frozen=True)
class Estimate:
    """Clicks per slate, with a 95 % normal interval; arrays over the leading axes of the log."""

    value: Values
    low: Values
    high: Values


def naive(logged: Logged) -> Estimate:
    """Take the logging policy's own clicks for the other's: what is not to be done."""
    return _mean(logged.clicks.sum(axis=-1))


def direct(logged: Logged) -> Estimate:
    """Trust the reward model; biased as far as it is wrong, and its interval does not know."""
    return _mean(logged.expected)


def ips(logged: Logged) -> Estimate:
    """Inverse propensity scoring (Horvitz and Thompson, 1952): `mean(sum_k w c)` with `w = target / propensity`.

    Unbiased if the logging policy may show whatever the other one shows.
    """
    return _mean((_weights(logged) * logged.clicks).sum(axis=-1))


def snips(logged: Logged) -> Estimate:
    """Self-normalised IPS (Swaminathan and Joachims, 2015): `k * sum(w c) / sum(w)`.

    Slightly biased, less spread than IPS. The interval is that of a ratio of means (delta method).
    """
    weights = _weights(logged)
    k = weights.shape[-1]
    clicks, mass = (weights * logged.clicks).sum(axis=-1), weights.sum(axis=-1)
    mean = np.maximum(mass.mean(axis=-1), 1e-12)
    value = k * clicks.mean(axis=-1) / mean
    rest = (k * clicks - value[..., None] * mass) / mean[..., None]
    return _around(value, rest)


def doubly_robust(logged: Logged) -> Estimate:
    """Correct the reward model where the log says otherwise (Dudík, Langford and Li, 2011).

    Formula: `mean(expected + sum_k w (c - predicted))`; unbiased if the weights are right or the reward model is,
    as long as the reward model was fitted on another log.
    """
    return _mean(logged.expected + (_weights(logged) * (logged.clicks - logged.predicted)).sum(axis=-1))


ESTIMATORS = {"naive": naive, "direct": direct, "ips": ips, "snips": snips, "doubly_robust": doubly_robust}


def _weights(logged: Logged) -> Values:
    return logged.target / logged.propensity


def _mean(per_slate: Values) -> Estimate:
    value = per_slate.mean(axis=-1)
    return _around(value, per_slate - value[..., None])


def _around(value: Values, rest: Values) -> Estimate:
    n = rest.shape[-1]
    reach = NORMAL * np.sqrt((rest**2).sum(axis=-1) / max(n - 1, 1) / n)
    return Estimate(value, value - reach, value + reach)
