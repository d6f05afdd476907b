"""95 % intervals of the aggregates: how much they would change with other users.

Means get a percentile bootstrap over users (Efron and Tibshirani, 1993), with the same resamples for all policies.
Coverage is not a mean: a resample repeats users, has fewer different lists and covers less than the sample, so its
bootstrap is biased. Its interval comes from the jackknife, whose variance is rather too large (Efron and Stein, 1981).
Where no resample differs from the others, the interval has a width nevertheless: see `significance.widen`.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.estimate import Estimate
from recommender.evaluation.beyond_accuracy import times_shown
from recommender.evaluation.lists import NOTHING
from recommender.evaluation.significance import widen
from recommender.threads import one_blas_thread

Values = NDArray[np.float64]
Intervals = dict[str, dict[str, dict[str, float]]]

_TAILS = (0.025, 0.975)
# Values become multiples of 2**-24: sums of up to 2**24 of them below 2**5 are whole numbers below 2**53, so that
# float64 products are exact and neither the number of BLAS threads nor the processor changes a bit.
UNIT = 2.0**-24
_CELLS = 1 << 22
MOST_UNITS = 20_000
"""Most units that are resampled: of more users, every 20,000th belong together, so that the time is bounded."""


def estimate(
    tables: Mapping[str, pd.DataFrame],
    lists: Mapping[str, NDArray[np.int32]],
    n_items: int,
    ks: Sequence[int],
    *,
    random: np.random.Generator,
    resamples: int,
) -> Intervals:
    """Compute the 95 % interval of every aggregate of every policy.

    Args:
        tables: per-user values by policy: the same users in the same rows, the same columns.
        lists: int32 (users, width) by policy, -1 after the end of a list.
        n_items: size of the catalogue.
        ks: lengths of the lists looked at.
        random: generator of the resamples; all policies share them.
        resamples: how many, 100 or more.

    Returns:
        `{policy: {metric: {"low", "high"}}}`, without the metrics that are defined for no user.
    """
    found = bootstrap(tables, random, resamples)
    for policy, shown in lists.items():
        found[policy] |= {f"coverage@{k}": coverage_interval(shown, n_items, k) for k in ks}
    return found


def bootstrap(tables: Mapping[str, pd.DataFrame], random: np.random.Generator, resamples: int) -> Intervals:
    """Compute the 95 % percentile bootstrap interval over users of every mean of every policy.

    Args:
        tables: per-user values by policy: the same users in the same rows, the same columns.
        random: generator of the resamples; all policies share them.
        resamples: how many, 100 or more.

    Returns:
        `{policy: {metric: {"low", "high"}}}`, without the metrics that are defined for no user.
    """
    side_by_side = np.hstack([table.to_numpy(dtype=np.float64) for table in tables.values()])
    highest = np.tile(largest(tables), len(tables))
    low, high = mean_intervals(side_by_side, np.zeros(len(highest)), highest, random, resamples)
    names = [(policy, str(metric)) for policy, table in tables.items() for metric in table.columns]
    found: Intervals = {policy: {} for policy in tables}
    for place in np.flatnonzero(~np.isnan(low)):
        policy, metric = names[place]
        found[policy][metric] = {"low": float(low[place]), "high": float(high[place])}
    return found


def coverage_interval(lists: NDArray[np.int32], n_items: int, k: int) -> dict[str, float]:
    """Compute the 95 % jackknife interval over users of coverage@k.

    Leaving a user out loses the items that are in no other list, so all leave-one-out values come from one count.

    Args:
        lists: int32 (users, width), -1 after the end of a list.
        n_items: size of the catalogue.
        k: length of the lists looked at.

    Returns:
        `{"low", "high"}`, within [0, 1].
    """
    times = times_shown(lists, n_items, k)
    shown = lists[:, :k]
    alone = ((times[shown] == 1) & (shown != NOTHING)).sum(axis=1)
    error = float(alone.var() * (len(lists) - 1)) ** 0.5 / n_items
    low, high = widen(*Estimate(int((times > 0).sum()) / n_items, error).interval(), len(lists), 0.0, 1.0)
    return {"low": max(0.0, float(low)), "high": min(1.0, float(high))}


def largest(tables: Mapping[str, pd.DataFrame]) -> Values:
    """Return the largest value that a user may have, (columns,): 1, or the largest seen for a metric that exceeds 1."""
    seen = np.vstack([table.to_numpy(dtype=np.float64) for table in tables.values()])
    return np.fmax.reduce(seen, axis=0, initial=1.0)


def mean_intervals(
    values: Values, lowest: Values, highest: Values, random: np.random.Generator, resamples: int
) -> tuple[Values, Values]:
    """Compute the 95 % percentile bootstrap interval of the mean of each column.

    Args:
        values: (users, columns), NaN where not defined.
        lowest: the least value that a user may have, (columns,).
        highest: the largest, (columns,).
        random: generator of the resamples.
        resamples: how many.

    Returns:
        The lower and upper ends, (columns,) each; NaN for a column without a value.
    """
    low, high = bounds(resampled_means(values, random, resamples))
    return widen(low, high, (~np.isnan(values)).sum(axis=0), lowest, highest)


def resampled_means(values: Values, random: np.random.Generator, resamples: int) -> Values:
    """Average each column over resamples of the rows, drawn with replacement.

    Args:
        values: (users, columns), NaN where not defined; a mean is over the defined values of a resample.
        random: generator of the resamples.
        resamples: how many.

    Returns:
        (resamples, columns); NaN where a resample has no defined value.
    """
    whole, defined = together(to_units(values)), together((~np.isnan(values)).astype(np.float64))
    partly = (defined != 1).any(axis=0)
    means = []
    for size in chunks(len(whole), resamples):
        times = _draw(random, len(whole), size)
        number = np.full((size, values.shape[1]), float(len(whole)))
        number[:, partly] = product(times, defined[:, partly])
        sums = product(times, whole) * UNIT
        means.append(np.divide(sums, number, out=np.full(sums.shape, np.nan), where=number > 0))
    return np.vstack(means)


def bounds(means: Values) -> tuple[Values, Values]:
    """Return the 2.5 % and 97.5 % quantiles of each column, NaN for a column without a value."""
    found = np.full((2, means.shape[1]), np.nan)
    some = ~np.isnan(means).all(axis=0)
    found[:, some] = np.nanquantile(means[:, some], _TAILS, axis=0)
    return found[0], found[1]


def to_units(values: Values) -> Values:
    """Return the values as whole multiples of 2**-24, 0 where not defined, for sums without rounding."""
    return np.rint(np.nan_to_num(values) / UNIT)


def together(rows: Values) -> Values:
    """Add up the rows of users who are resampled together, (at most MOST_UNITS, columns); few users stay apart.

    Sums of many users vary as much as the users do, so intervals are as wide, and flips of whole sums keep their level.
    """
    if len(rows) <= MOST_UNITS:
        return rows
    padded = np.pad(rows, ((0, -len(rows) % MOST_UNITS), (0, 0)))
    total: Values = padded.reshape(-1, MOST_UNITS, rows.shape[1]).sum(axis=0)
    return total


def product(left: Values, right: Values) -> Values:
    """Return the matrix product, computed on one thread: several are no faster, and far slower on a busy machine."""
    with one_blas_thread():
        result: Values = left @ right
    return result


def chunks(users: int, resamples: int) -> Iterator[int]:
    """Yield the numbers of resamples to compute at a time, so that memory does not grow with them."""
    size = max(1, _CELLS // users)
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


def _draw(random: np.random.Generator, users: int, size: int) -> Values:
    """Return how often each user occurs in each resample, float64 (size, users)."""
    times = np.empty((size, users))
    for row in times:
        row[:] = np.bincount(random.integers(users, size=users), minlength=users)
    return times
