"""How far two samples differ: the population stability index, Kolmogorov-Smirnov, shares, and rarefied coverage."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr
from scipy.stats import chi2, ks_2samp

from recommender.estimate import Estimate

Values = NDArray[np.float64]
SMOOTHING = 0.5
"""Added to each bin's count, so that an empty bin has a finite logarithm."""

FEW_PAIRS = 100
"""Below this number of pairs of values the asymptotic p-value is inaccurate, and the exact one is quick."""


@dataclass(frozen=True)
class Difference:
    """How far two samples of one number differ.

    Attributes:
        size: the measure, 0 for none.
        p_value: how often chance alone makes a difference at least as large.
    """

    size: float
    p_value: float


def psi(reference: Values, current: Values, bins: int) -> Difference:
    """Compare two samples by the population stability index.

    The sum over bins of (c - r) * ln(c / r), r and c are the bins' shares; the bins are quantiles of the reference,
    and unknown values are a bin of their own. Where nothing changed, PSI / (1/n + 1/m) follows a chi-squared
    distribution with one degree of freedom fewer than there are bins (Yurdakul and Naranjo, 2020, Journal of Risk
    Model Validation).

    Args:
        reference: float64 (n,), NaN where unknown; n of at least 1.
        current: float64 (m,), NaN where unknown; m of at least 1.
        bins: largest number of bins; fewer where values are equal.
    """
    edges = _edges(reference, bins)
    counts = [_counts(values, edges) for values in (reference, current)]
    used = (counts[0] + counts[1]) > 0
    r, c = ((found[used] + SMOOTHING) / (found[used] + SMOOTHING).sum() for found in counts)
    size = float(((c - r) * np.log(c / r)).sum())
    scale = 1 / len(reference) + 1 / len(current)
    return Difference(size, float(chi2.sf(size / scale, used.sum() - 1)) if used.sum() > 1 else 1.0)


def _edges(reference: Values, bins: int) -> Values:
    """Return the quantiles between the bins; a value that equals an edge is in the bin above it."""
    known = reference[np.isfinite(reference)]
    return np.unique(np.quantile(known, np.arange(1, bins) / bins)) if len(known) else np.empty(0)


def _counts(values: Values, edges: Values) -> Values:
    known = np.isfinite(values)
    inside = np.bincount(np.searchsorted(edges, values[known], side="right"), minlength=len(edges) + 1)
    return np.append(inside, (~known).sum()).astype(np.float64)


def histogram(reference: Values, current: Values, bins: int) -> list[dict[str, float]]:
    """Return the bins of `psi` for a plot.

    Returns:
        For each bin that holds a known value: `low` and `high` (its edges, or the outermost values), the shares
        `reference` and `current`.
    """
    edges = _edges(reference, bins)
    r, c = (_counts(values, edges)[:-1] / max(len(values), 1) for values in (reference, current))
    known = np.concatenate([reference, current])
    known = known[np.isfinite(known)]
    bounds = np.concatenate([[known.min()], edges, [known.max()]]) if len(known) else np.empty(0)
    rows = zip(bounds[:-1], bounds[1:], r, c, strict=False)
    return [
        {"low": low, "high": high, "reference": before, "current": now}
        for low, high, before, now in rows
        if before or now
    ]


def kolmogorov_smirnov(reference: Values, current: Values) -> Difference:
    """Compare the known values of two samples by the largest distance of their empirical distributions.

    The p-value is the asymptotic one (the exact one of a few values); with many equal values it is too large, so fewer
    differences are called one.

    Args:
        reference: float64 (n,), NaN where unknown.
        current: float64 (m,), NaN where unknown.

    Returns:
        The distance, NaN where either sample has no known value.
    """
    left, right = (values[np.isfinite(values)] for values in (reference, current))
    if not len(left) or not len(right):
        return Difference(np.nan, 1.0)
    with warnings.catch_warnings():
        # SciPy cannot compute an exact p-value near 1 of equally many values, and warns that it takes the other one.
        warnings.simplefilter("ignore", RuntimeWarning)
        found = ks_2samp(left, right, method="exact" if len(left) * len(right) < FEW_PAIRS else "asymp")
    return Difference(float(found.statistic), float(found.pvalue))


def mean(values: Values) -> Estimate:
    """Estimate a mean from independent values, float64 (n,), n of at least 1."""
    return Estimate(float(values.mean()), float(values.std()) / len(values) ** 0.5)


def unmet_share(lists_with: NDArray[np.integer[Any]]) -> Estimate:
    """Estimate the share of places in further lists whose items none of these lists holds.

    Of N places, f1 / N, where f1 is the number of items in one list only (Good, 1953, Biometrika 40); its variance
    about the share that it estimates is (f1 (1 - f1 / N) + 2 f2) / N^2, where f2 is the number of items in two lists
    (Esty, 1983, Annals of Statistics 11).

    Args:
        lists_with: how many lists hold each item, (n_items,).
    """
    places, once, twice = max(int(lists_with.sum()), 1), int((lists_with == 1).sum()), int((lists_with == 2).sum())
    return Estimate(once / places, (once * (1 - once / places) + 2 * twice) ** 0.5 / places)


def rise(reference: Estimate, current: Estimate) -> Difference:
    """Return how much higher the current value is, and how often chance alone makes it so (normal approximation)."""
    size, error = float(current.value - reference.value), float(np.hypot(reference.error, current.error))
    return Difference(size, float(ndtr(-size / error)) if error > 0 else float(size <= 0))


def shares(counts: Mapping[str, float]) -> dict[str, float]:
    """Divide counts by their sum; all 0 where that is 0."""
    total = sum(counts.values())
    return {name: count / total if total else 0.0 for name, count in counts.items()}


def total_variation(reference: Mapping[str, float], current: Mapping[str, float]) -> float:
    """Return half the sum of the absolute differences of shares: 0 for none, 1 for nothing in common."""
    names = sorted(reference.keys() | current.keys())
    return sum(abs(reference.get(name, 0.0) - current.get(name, 0.0)) for name in names) / 2


def rarefied(lists_with: NDArray[np.integer[Any]], n: int, m: int) -> float:
    """Return how many different items m of n lists hold on average, over every choice of m lists.

    The sum over items of 1 - C(n - c, m) / C(n, m), where c is the number of lists with the item (Hurlbert, 1971,
    Ecology 52).

    Args:
        lists_with: how many lists hold each item, (n_items,), each at most n.
        n: lists.
        m: lists chosen, at most n.
    """
    rest = n - lists_with.astype(np.float64)
    possible = rest >= m
    rest = rest[possible]
    never = np.exp(gammaln(rest + 1) - gammaln(rest - m + 1) - gammaln(n + 1) + gammaln(n - m + 1))
    return float(len(lists_with) - never.sum())
