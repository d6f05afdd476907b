"""The data behind the plots of rounds."""

import math
from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]


def plot_rows(rows: Sequence[Row]) -> list[Row]:
    """Return one row per arm, round and metric; a value that is not defined has none."""
    return [
        {"arm": row["arm"], "round": row["round"], "metric": name, "value": value}
        for row in rows
        for name, value in row.items()
        if name not in {"arm", "round"} and not math.isnan(value)
    ]
