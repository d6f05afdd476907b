"""The position-based click model: a click needs a look and a liking (Craswell et al., 2008)."""

import numpy as np
from numpy.typing import NDArray

from recommender_lab.feedback.settings import Click

Values = NDArray[np.float64]


def examination(k: int, eta: float) -> Values:
    """Return the probability that the user looks at each rank.

    Formula: `rank ** -eta` (Joachims, Swaminathan and Schnabel, 2017); 0 is no position bias, 1 a strong one.

    Args:
        k: ranks, from 1.
        eta: strength of the position bias, 0 or more.

    Returns:
        (k,) in (0, 1], 1 at rank 1.
    """
    return np.arange(1, k + 1, dtype=np.float64) ** -eta


def click_probability(liked: Values, settings: Click) -> Values:
    """Return the probability of a click on each slot.

    Formula: `examination(rank) * (noise + (1 - noise) * liked)`; noise is the chance to click on what one does not like
    (0.1 in Joachims et al., 2017).

    Args:
        liked: probability that the user likes the item of each slot, (..., k), ranks along the last axis.
        settings: eta and noise.

    Returns:
        (..., k) in [0, 1].
    """
    return examination(liked.shape[-1], settings.eta) * (settings.noise + (1 - settings.noise) * liked)


def click_table(liked: Values, k: int, settings: Click) -> Values:
    """Return the probability of a click for every item of a pool at every slot.

    Args:
        liked: (n, pool).
        k: slots.
        settings: eta and noise.

    Returns:
        (n, k, pool).
    """
    attraction = settings.noise + (1 - settings.noise) * liked
    return examination(k, settings.eta)[:, None] * attraction[:, None, :]


def ratings(liked: Values, lowest: float, highest: float) -> Values:
    """Return the rating that follows a click: whole steps between the lowest and the highest, by the liking."""
    return np.clip(np.round(lowest + (highest - lowest) * liked), lowest, highest)
