"""Compares two windows of requests and reports which differences are alerts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.estimate import Estimate
from recommender_lab.drift.measures import (
    Values,
    histogram,
    kolmogorov_smirnov,
    mean,
    psi,
    rarefied,
    rise,
    shares,
    total_variation,
    unmet_share,
)
from recommender_lab.drift.settings import Monitor
from recommender_lab.drift.shuffles import different_items, source_mix, table
from recommender_lab.drift.windows import FEATURES, Window, comparable

ALERT = "alert"
TESTS = 2 * len(FEATURES) + 4
"""Each feature is tested by PSI and by Kolmogorov-Smirnov, sources, unknown users, unknown items and coverage once:
Bonferroni divides the share of false alarms among them."""
HISTOGRAM = ("policy", "feature", "window", "low", "high", "share")

Findings = dict[str, Any]


def compare(reference: Window, current: Window, limits: Monitor) -> Findings:
    """Measure every difference between two windows of one policy.

    Args:
        reference: the earlier requests, one of each user; see `one_per_user`.
        current: the later requests, of other users.
        limits: thresholds, see params.yaml.

    Returns:
        Nested numbers: `requests` of either window and whether they are `enough` for alerts; `features` and
        `sources`, `unknown_users`, `unknown_items`, `coverage`, each with `alert` 0 or 1; and the number of `alerts`.
        With an empty window only `requests` and `alerts`.
    """
    sizes = {"reference": len(reference), "current": len(current)}
    enough = min(sizes.values()) >= limits.min_requests
    counted: Findings = {"requests": sizes | {"enough": int(enough)}, "alerts": 0}
    if not min(sizes.values()):
        return counted
    found = {
        "features": {name: _feature(name, reference, current, limits) for name in comparable(reference, current)},
        "sources": _sources(reference, current, limits),
        "unknown_users": _rise(mean(unknown(reference)), mean(unknown(current)), limits.unknown_users, limits),
        "unknown_items": _rise(
            unmet_share(_counts(reference)), mean(unmet(reference, current)), limits.unknown_items, limits
        ),
        "coverage": _coverage(reference, current, limits),
    }
    if not enough:
        _silence(found)
    return counted | found | {"alerts": len(alerts(found))}


def alerts(found: Findings, above: str = "") -> list[str]:
    """Return the dotted names of all that is an alert, such as `features.hour`."""
    names = [above] if found.get(ALERT) else []
    for key, value in found.items():
        if isinstance(value, dict):
            names += alerts(value, f"{above}.{key}" if above else key)
    return names


def _silence(found: Findings) -> None:
    for value in found.values():
        if isinstance(value, dict):
            _silence(value)
    if ALERT in found:
        found[ALERT] = 0


def _feature(name: str, reference: Window, current: Window, limits: Monitor) -> Findings:
    """Call a difference an alert if it is large and more than chance, by either measure."""
    before, after = reference.values(name), current.values(name)
    index, distance = psi(before, after, limits.bins), kolmogorov_smirnov(before, after)
    chance = limits.alpha / TESTS
    large = index.size >= limits.psi, distance.size >= limits.kolmogorov_smirnov
    sure = index.p_value < chance, distance.p_value < chance
    return {
        "psi": index.size,
        "psi_p": index.p_value,
        "ks": distance.size,
        "ks_p": distance.p_value,
        "reference": _median(before),
        "current": _median(after),
        ALERT: int(any(map(all, zip(large, sure, strict=True)))),
    }


def _median(values: Any) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else np.nan


def _sources(reference: Window, current: Window, limits: Monitor) -> Findings:
    """Call a distance an alert if it is large and more than chance."""
    distance = total_variation(shares(reference.mentions()), shares(current.mentions()))
    large = distance >= limits.sources
    mentions = table([*reference.sources, *current.sources])
    return {"distance": distance, ALERT: int(large and source_mix(mentions, len(reference), limits.alpha / TESTS))}


def unknown(window: Window) -> Values:
    """Return for each request 1 if its user has no events, else 0, float64 (n,)."""
    return 1 - window.values("known")


def unmet(reference: Window, current: Window) -> Values:
    """Return the share of each current list that no list of the reference holds, float64 (n,)."""
    met = set(reference.lists_with())
    return np.array([sum(item not in met for item in items) / max(len(items), 1) for items in current.served])


def _rise(before: Estimate, after: Estimate, limit: float, limits: Monitor) -> Findings:
    """Call a rise an alert if it is large and more than chance."""
    found = rise(before, after)
    alert = found.size >= limit and found.p_value < limits.alpha / TESTS
    return {"reference": before.value, "current": after.value, "p": found.p_value, ALERT: int(alert)}


def _counts(window: Window) -> NDArray[np.int64]:
    return np.array(list(window.lists_with().values()), dtype=np.int64)


def _coverage(reference: Window, current: Window, limits: Monitor) -> Findings:
    """Compare how many different items equally many lists hold; an alert is large and more than chance."""
    size = min(len(reference), len(current))
    before, after = (rarefied(_counts(window), len(window), size) for window in (reference, current))
    change = after / before - 1 if before else 0.0
    large = abs(change) >= limits.coverage
    held = table([dict.fromkeys(items, 1) for items in (*reference.served, *current.served)])
    alert = int(large and different_items(held, len(reference), limits.alpha / TESTS))
    return {"lists": size, "reference": before, "current": after, "change": change, ALERT: alert}


def drift_rows(policy: str, found: Findings) -> list[dict[str, Any]]:
    """Return one row per feature for a plot: `policy, feature, measure, value`."""
    return [
        {"policy": policy, "feature": name, "measure": measure, "value": values[measure], ALERT: values[ALERT]}
        for name, values in found.get("features", {}).items()
        for measure in ("psi", "ks")
        if np.isfinite(values[measure])
    ]


def histogram_rows(policy: str, reference: Window, current: Window, bins: int) -> list[dict[str, Any]]:
    """Return the share of requests in each bin of each feature, with the keys HISTOGRAM."""
    return [
        {
            "policy": policy,
            "feature": name,
            "window": window,
            "low": row["low"],
            "high": row["high"],
            "share": row[window],
        }
        for name in comparable(reference, current)
        for row in histogram(reference.values(name), current.values(name), bins)
        for window in ("reference", "current")
    ]


def source_rows(policy: str, reference: Window, current: Window) -> list[dict[str, Any]]:
    """Return each source's share of the served items that sources had proposed: `policy, source, window, share`."""
    return [
        {"policy": policy, "source": source, "window": name, "share": share}
        for name, window in (("reference", reference), ("current", current))
        for source, share in sorted(shares(window.mentions()).items())
    ]
