"""Estimate the clicks that another policy would get, from the log of this one.

A slate's clicks are the sum of the clicks on its slots, and a click depends on the user, the item and the slot only. So
weights per slot and item are enough (the item-position estimator of Li et al., 2018): the log need not hold the other
policy's slates as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.estimate import Estimate
from recommender.log.histories import Ints
from recommender_lab.feedback.visits import Visits

Values = NDArray[np.float64]
PRIOR_CLICKS = 1.0
"""Expected clicks added to each item, which pull its quality towards 1."""


@dataclass(frozen=True)
class LoggedSlates:
    """A log of slates, with what the estimators need to evaluate another policy.

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


def naive(logged: LoggedSlates) -> Estimate:
    """Return the logging policy's own clicks: wrong for any other policy, for comparison only."""
    return _mean(logged.clicks.sum(axis=-1))


def direct(logged: LoggedSlates) -> Estimate:
    """Return the reward model's clicks: as biased as the model, and its interval does not show that."""
    return _mean(logged.expected)


def ips(logged: LoggedSlates) -> Estimate:
    """Inverse propensity scoring (Horvitz and Thompson, 1952): `mean(sum_k w c)` with `w = target / propensity`.

    Unbiased if the logging policy may show everything that the other policy shows.
    """
    return _mean((_weights(logged) * logged.clicks).sum(axis=-1))


def snips(logged: LoggedSlates) -> Estimate:
    """Self-normalised IPS (Swaminathan and Joachims, 2015): `k * sum(w c) / sum(w)`.

    Slightly biased, with less variance than IPS. The interval is that of a ratio of means (delta method).
    """
    weights = _weights(logged)
    k = weights.shape[-1]
    clicks, mass = (weights * logged.clicks).sum(axis=-1), weights.sum(axis=-1)
    mean = np.maximum(mass.mean(axis=-1), 1e-12)
    value = k * clicks.mean(axis=-1) / mean
    return _around(value, (k * clicks - value[..., None] * mass) / mean[..., None])


def doubly_robust(logged: LoggedSlates) -> Estimate:
    """Correct the reward model by the log (Dudík, Langford and Li, 2011): `mean(expected + sum_k w (c - predicted))`.

    Unbiased if the weights or the reward model are right, as long as the reward model was fitted on another log.
    """
    return _mean(logged.expected + (_weights(logged) * (logged.clicks - logged.predicted)).sum(axis=-1))


ESTIMATORS = {"naive": naive, "direct": direct, "ips": ips, "snips": snips, "doubly_robust": doubly_robust}


def _weights(logged: LoggedSlates) -> Values:
    return logged.target / logged.propensity


def _mean(per_slate: Values) -> Estimate:
    value = per_slate.mean(axis=-1)
    return _around(value, per_slate - value[..., None])


def _around(value: Values, residual: Values) -> Estimate:
    n = residual.shape[-1]
    return Estimate(value, np.sqrt((residual**2).sum(axis=-1) / max(n - 1, 1) / n))


@dataclass(frozen=True)
class RewardModel:
    """Predicts clicks: the click rate of each rank times the quality of each item.

    Attributes:
        rank_rate: clicks per showing at each rank, (k,).
        item_quality: clicks of each item relative to the rates of the ranks that it was shown at, (n_items,).
    """

    rank_rate: Values
    item_quality: Values

    @classmethod
    def fit(cls, log: Sequence[Visits], k: int, n_items: int) -> Self:
        """Count clicks.

        Formula: quality = (clicks + 1) / (expected clicks + 1), expected = sum of the rank's rate over the showings.

        Args:
            log: earlier rounds than those that are evaluated; without any, the model predicts no clicks.
            k: slots per slate.
            n_items: number of items.
        """
        item = np.concatenate([np.zeros((0, k), dtype=np.int64), *(visits.item[visits.seen] for visits in log)])
        click = np.concatenate([np.zeros((0, k), dtype=bool), *(visits.click[visits.seen] for visits in log)])
        rate = click.sum(axis=0) / max(len(click), 1)
        expected = np.bincount(item.ravel(), np.broadcast_to(rate, item.shape).ravel(), n_items)
        clicks = np.bincount(item[click], minlength=n_items)
        return cls(rate, (clicks + PRIOR_CLICKS) / (expected + PRIOR_CLICKS))

    def predict(self, item: Ints) -> Values:
        """Return the click probability of each item at each rank, (..., k, m) for items (..., m)."""
        return np.minimum(self.rank_rate[:, None] * self.item_quality[item][..., None, :], 1.0)
