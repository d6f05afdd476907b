"""Policy against policy on the same users: how large is the difference, and could it be noise?"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.evaluation.intervals import chunks, largest, mean_intervals, product, to_units, together
from recommender.evaluation.per_user import exact_means

Values = NDArray[np.float64]
Differences = dict[str, dict[str, dict[str, float]]]


def differences(
    tables: Mapping[str, pd.DataFrame],
    pairs: Sequence[tuple[str, str]],
    random: np.random.Generator,
    resamples: int,
) -> Differences:
    """Compare pairs of policies, metric by metric, on the users with values of both.

    Args:
        tables: per-user values by policy: the same users in the same rows, the same columns.
        pairs: (one, other) policies; the difference is one minus other.
        random: generator of the resamples of the users, and then of the signs of the test.
        resamples: how many resamples, and how many sign flips.

    Returns:
        `{"one_minus_other": {metric: {...}}}` with `difference` (mean of one minus mean of other), `low` and `high`
        (95 % percentile bootstrap of the paired difference), `p_value` (see `sign_flip_p_values`), `ratio` (mean of
        one / mean of other; NaN if that is 0) and `users` (with values of both); without the metrics that no
        user has on both sides.
    """
    ones = np.hstack([tables[one].to_numpy(dtype=np.float64) for one, _ in pairs])
    others = np.hstack([tables[other].to_numpy(dtype=np.float64) for _, other in pairs])
    gaps = ones - others
    reach = np.tile(largest(tables), len(pairs))
    low, high = mean_intervals(gaps, -reach, reach, random, resamples)
    columns = {
        "difference": exact_means(gaps),
        "low": low,
        "high": high,
        "p_value": sign_flip_p_values(gaps, random, resamples),
        "ratio": _ratios(ones, others),
        "users": (~np.isnan(gaps)).sum(axis=0),
    }
    names = [(f"{one}_minus_{other}", str(metric)) for one, other in pairs for metric in tables[one].columns]
    found: Differences = {pair: {} for pair, _ in names}
    for place in np.flatnonzero(~np.isnan(low)):
        pair, metric = names[place]
        found[pair][metric] = {name: float(values[place]) for name, values in columns.items()}
    return found


def sign_flip_p_values(gaps: Values, random: np.random.Generator, flips: int) -> Values:
    """Test each column's mean against 0 by flipping signs at random (Fisher, 1935): a paired permutation test.

    If the two policies were exchangeable, each user's difference could have had the other sign as well. The p-value is
    the share of sign patterns, the observed one included, whose absolute sum is at least the observed one:
    `(1 + reached) / (1 + flips)`.

    Args:
        gaps: (users, columns), one policy minus the other; NaN where not defined, which leaves the user out.
        random: generator of the signs; all columns share them.
        flips: how many random sign patterns.

    Returns:
        (columns,) in [1 / (1 + flips), 1], two-sided; NaN for a column without a defined value.
    """
    whole = together(to_units(gaps))
    observed = np.abs(whole.sum(axis=0))
    reached = np.ones(gaps.shape[1])
    for size in chunks(len(whole), flips):
        reached += (np.abs(product(_signs(random, len(whole), size), whole)) >= observed).sum(axis=0)
    reached[np.isnan(gaps).all(axis=0)] = np.nan
    return reached / (1 + flips)


def _signs(random: np.random.Generator, users: int, size: int) -> Values:
    """Return -1 and 1 at random, float64 (size, users)."""
    # The generator gives four bytes at a time and drops the rest of a call: whole fours make chunks not matter.
    width = -(-users // 32) * 4
    drawn = np.frombuffer(random.bytes(width * size), dtype=np.uint8).reshape(size, width)
    return np.unpackbits(drawn, axis=1, count=users).astype(np.float64) * 2 - 1


def _ratios(ones: Values, others: Values) -> Values:
    undefined = np.isnan(ones) | np.isnan(others)
    above, below = (exact_means(np.where(undefined, np.nan, values)) for values in (ones, others))
    ratios: Values = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return ratios
