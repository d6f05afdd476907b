"""A reward model for off-policy estimates: clicks by rank, times how good each item is for its ranks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Ints
from recommender_lab.feedback.visits import Visits

Values = NDArray[np.float64]
PRIOR_CLICKS = 1.0
"""An item's clicks are pulled towards what its ranks promise as if it had this many expected clicks more."""


@dataclass(frozen=True)
class RewardModel:
    """Predicts clicks.

    Attributes:
        rank_rate: clicks per showing at each rank, (k,).
        item_quality: clicks of each item relative to what its ranks promise, (n_items,).
    """

    rank_rate: Values
    item_quality: Values

    def predict(self, item: Ints) -> Values:
        """Return the click probability of each item at each rank, (..., k, m) for items (..., m)."""
        return np.minimum(self.rank_rate[:, None] * self.item_quality[item][..., None, :], 1.0)


def fit_reward_model(log: Sequence[Visits], k: int, n_items: int) -> RewardModel:
    """Count clicks.

    Formula: quality = (clicks + 1) / (expected clicks + 1), expected = sum of the rank's rate over the showings.

    Args:
        log: earlier rounds than those that are to be judged; none predicts no click at all.
        k: slots.
        n_items: items.
    """
    item = np.concatenate([np.zeros((0, k), dtype=np.int64), *(visits.item[visits.seen] for visits in log)])
    click = np.concatenate([np.zeros((0, k), dtype=bool), *(visits.click[visits.seen] for visits in log)])
    rate = click.sum(axis=0) / max(len(click), 1)
    expected = np.bincount(item.ravel(), np.broadcast_to(rate, item.shape).ravel(), n_items)
    clicks = np.bincount(item[click], minlength=n_items)
    return RewardModel(rate, (clicks + PRIOR_CLICKS) / (expected + PRIOR_CLICKS))
