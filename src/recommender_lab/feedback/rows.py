"""Rows of metrics, one per arm and round."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.per_user import exact_means

Row = dict[str, Any]
"""`arm`, `round`, and metrics by name, NaN where a metric is undefined."""


def plot_rows(rows: Sequence[Row]) -> list[Row]:
    """Return one row per arm, round and metric that is defined: `arm`, `round`, `metric`, `value`."""
    return [
        {"arm": row["arm"], "round": row["round"], "metric": name, "value": value}
        for row in rows
        for name, value in row.items()
        if name not in {"arm", "round"} and not math.isnan(value)
    ]


def mean(values: NDArray[np.float64]) -> float:
    """Return the mean of the values that are not NaN, (n,); NaN if there are none."""
    return float(exact_means(values[:, None])[0])
