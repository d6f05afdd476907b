"""The sample-ratio check: whether the arms have as many users as they should."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

_ROUNDING = 1e-6


def sample_ratio(users: NDArray[np.int64], shares: Sequence[float]) -> tuple[float, float]:
    """Test whether the arms have as many users as their shares imply (Fabijan et al., 2019).

    Formula: Pearson's chi-square with as many degrees of freedom as there are arms, less one. Several strata are cut by
    the shares (see `assign`), so there chance explains nothing: each arm has its share of each, rounded up or down.

    Args:
        users: (strata, arms), how many of each stratum each arm has.
        shares: of the arms, above 0, in all 1.

    Returns:
        The statistic and its p-value, with several strata 1 or 0; below 0.001 the assignment is broken.
    """
    counts = users.sum(axis=0)
    expected = np.asarray(shares) * counts.sum()
    statistic = float(((counts - expected) ** 2 / expected).sum())
    if len(users) == 1:
        return statistic, float(chdtrc(len(counts) - 1, statistic))
    gaps = np.abs(users - np.asarray(shares) * users.sum(axis=1, keepdims=True))
    return statistic, float((gaps < 1 + _ROUNDING).all())
