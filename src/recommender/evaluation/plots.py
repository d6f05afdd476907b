"""The data behind the plot of every metric by policy."""

import math
from collections.abc import Mapping
from typing import Any

from recommender.columns import METRIC, POLICY, VALUE
from recommender.evaluation.intervals import Intervals


def rows(metrics: Mapping[str, Mapping[str, float]], intervals: Intervals) -> list[dict[str, Any]]:
    """Put each value and its interval into one row.

    Args:
        metrics: `{policy: {"metric@k": value}}`.
        intervals: `{policy: {"metric@k": {"low", "high"}}}`.

    Returns:
        Rows with policy, metric, k, value, low, high, in the order of the mappings; a value that is NaN has no row.
    """
    return [
        _row(policy, name, value, intervals[policy][name])
        for policy, values in metrics.items()
        for name, value in values.items()
        if not math.isnan(value)
    ]


def _row(policy: str, name: str, value: float, interval: Mapping[str, float]) -> dict[str, Any]:
    metric, _, k = name.partition("@")
    return {POLICY: policy, METRIC: metric, "k": int(k), VALUE: value, **interval}
