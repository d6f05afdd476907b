"""The accuracy that training, evaluation and simulations share: one definition of NDCG."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def ndcg(hits: NDArray[np.bool_], relevant: NDArray[np.int64], k: int) -> Values:
    """Normalised discounted cumulative gain with binary gains (Järvelin and Kekäläinen, 2002).

    Formula: `sum(hit[r] / log2(r + 1) for r = 1..k) / sum(1 / log2(r + 1) for r = 1..min(relevant, k))`.

    Args:
        hits: (users, width): whether the item at rank 1, 2, ... was held out.
        relevant: (users,), held-out items per user, 1 or more.
        k: length of the list looked at, 1 or more.

    Returns:
        (users,) in [0, 1].
    """
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discounts)[np.minimum(relevant, k) - 1]
    shown = hits[:, :k]
    # Both sums run from the first rank on, so they round alike: a perfect list is 1, not 1 and a bit.
    gained = (shown * discounts[: shown.shape[1]]).cumsum(axis=1)[:, -1]
    normalised: Values = gained / ideal
    return normalised
