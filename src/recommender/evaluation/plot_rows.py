"""The data behind the plots: every metric by policy, the difference between policies, and parts of the test."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from recommender.columns import METRIC, POLICY, VALUE
from recommender.evaluation.intervals import Intervals
from recommender.evaluation.paired import Differences

COMPARISON = "comparison"
GROUP = "group"


def rows(metrics: Mapping[str, Mapping[str, float]], intervals: Intervals) -> list[dict[str, Any]]:
    """Put each value and its interval into one row.

    Args:
        metrics: `{policy: {"metric@k": value}}`.
        intervals: `{policy: {"metric@k": {"low", "high"}}}`.

    Returns:
        Rows with policy, metric, k, value, low, high, in the order of the mappings; a value that is NaN has no row.
    """
    return [
        {POLICY: policy, **point(name, value, intervals[policy][name])}
        for policy, values in metrics.items()
        for name, value in values.items()
        if not math.isnan(value)
    ]


def by_policy(
    found: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, dict[str, float]], Intervals]:
    """Return the mappings that `rows` was given, without the values that were NaN.

    Args:
        found: the rows.

    Returns:
        `{policy: {"metric@k": value}}` and `{policy: {"metric@k": {"low", "high"}}}`.
    """
    metrics: dict[str, dict[str, float]] = {}
    intervals: Intervals = {}
    for row in found:
        policy, name = row[POLICY], f"{row[METRIC]}@{row['k']}"
        metrics.setdefault(policy, {})[name] = row[VALUE]
        intervals.setdefault(policy, {})[name] = {side: row[side] for side in ("low", "high")}
    return metrics, intervals


def difference_rows(differences: Differences) -> list[dict[str, Any]]:
    """Put each difference and its interval into one row.

    Args:
        differences: `{"one_minus_other": {"metric@k": {"difference", "low", "high", ...}}}`.

    Returns:
        Rows with comparison, metric, k, value (the difference), low, high, p_value, users, in their order.
    """
    return [
        {
            COMPARISON: pair.replace("_minus_", " - "),
            **point(name, found["difference"], found),
            **{name: found[name] for name in ("p_value", "users")},
        }
        for pair, values in differences.items()
        for name, found in values.items()
    ]


def group_rows(groups: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put each value of a breakdown and its interval into one row.

    Args:
        groups: `{label: {"users", "items", "policies": {policy: {"metric@k": {"value", "low", "high"}}}}}`, as
            `breakdown.measure` returns it.

    Returns:
        Rows with group, users, items, policy, metric, k, value, low, high, in the order of the mappings.
    """
    return [
        {
            GROUP: label,
            "users": part["users"],
            "items": part["items"],
            POLICY: policy,
            **point(name, found["value"], found),
        }
        for label, part in groups.items()
        for policy, values in part["policies"].items()
        for name, found in values.items()
    ]


def point(name: str, value: float, interval: Mapping[str, float]) -> dict[str, Any]:
    """Return a value and its interval with the keys of a plot's row.

    Args:
        name: "metric@k".
        value: the value.
        interval: `{"low", "high"}`; other keys are ignored.

    Returns:
        metric, k, value, low, high.
    """
    metric, _, k = name.partition("@")
    return {METRIC: metric, "k": int(k), VALUE: value, "low": interval["low"], "high": interval["high"]}
