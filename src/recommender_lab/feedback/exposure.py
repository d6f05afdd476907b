"""Who is seen and how much: inequality of exposure."""

import numpy as np
from numpy.typing import NDArray


def gini(exposure: NDArray[np.int64]) -> float:
    """Return the Gini coefficient of how often each item was shown (Gini, 1912; Fleder and Hosanagar, 2009).

    Formula: `2 * sum(i * x_i) / (n * sum(x)) - (n + 1) / n` over the sorted exposures, i from 1: 0 if all items are
    shown alike, near 1 if one item has it all.

    Args:
        exposure: times shown, of every item of the catalogue, (n,).

    Returns:
        A value in [0, 1); NaN if nothing was shown.
    """
    n, total = len(exposure), int(exposure.sum())
    if not total:
        return float("nan")
    place = np.arange(1, n + 1)
    return float(2 * (place * np.sort(exposure)).sum() / (n * total) - (n + 1) / n)
