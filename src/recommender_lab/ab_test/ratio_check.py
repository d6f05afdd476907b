"""The sample-ratio check: whether the arms have as many users as they should."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc


def sample_ratio(users: NDArray[np.int64], shares: Sequence[float]) -> tuple[float, float]:
    """Test whether the arms have as many users as their shares imply (Fabijan et al., 2019).

    Formula: Pearson's chi-square with as many degrees of freedom as there are arms, less one.

    Args:
        users: (arms,), how many each arm has.
        shares: of the arms, above 0, in all 1.

    Returns:
        The statistic and its p-value; a p-value below 0.001 means that the assignment is broken.
    """
    expected = np.asarray(shares) * users.sum()
    statistic = ((users - expected) ** 2 / expected).sum()
    return float(statistic), float(chdtrc(len(users) - 1, statistic))
