"""The position-based click model: users click what they look at and like (Craswell et al., 2008)."""

import numpy as np
from numpy.typing import NDArray

from recommender_lab.feedback.settings import Click

Values = NDArray[np.float64]


def examination(k: int, eta: float) -> Values:
    """Return the probability that the user looks at each rank.

    Formula: `rank ** -eta` (Joachims, Swaminathan and Schnabel, 2017); 0 is no position bias, 1 a strong one.

    Args:
        k: number of ranks.
        eta: strength of the position bias, 0 or more.

    Returns:
        (k,) in (0, 1], 1 at rank 1.
    """
    return np.arange(1, k + 1, dtype=np.float64) ** -eta


def attraction(liked: Values, noise: float) -> Values:
    """Return the probability that an item is clicked once it is looked at: `noise + (1 - noise) * liked`.

    Args:
        liked: probability that the user likes the item, any shape.
        noise: probability of a click on an item that the user does not like (0.1 in Joachims et al., 2017).
    """
    return noise + (1 - noise) * liked


def click_probability(liked: Values, settings: Click) -> Values:
    """Return the probability of a click on each slot: `examination(rank) * attraction(liked)`.

    Args:
        liked: probability that the user likes the item of each slot, (..., k), ranks along the last axis.
        settings: eta and noise.

    Returns:
        (..., k) in [0, 1].
    """
    return examination(liked.shape[-1], settings.eta) * attraction(liked, settings.noise)


def click_table(liked: Values, k: int, settings: Click) -> Values:
    """Return the probability of a click for every item of a pool at every slot, (n, k, pool) for liked (n, pool)."""
    return examination(k, settings.eta)[:, None] * attraction(liked, settings.noise)[:, None, :]


def ratings(liked: Values, lowest: float, highest: float) -> Values:
    """Return the rating given after a click: the liking on the rating scale, rounded to a whole number."""
    return np.clip(np.round(lowest + (highest - lowest) * liked), lowest, highest)
