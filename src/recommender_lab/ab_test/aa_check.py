"""The A/A check and its A/B counterpart: false alarms and power of the test, counted over many salts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.significance import wilson
from recommender_lab.ab_test.design import Design
from recommender_lab.ab_test.resalting import Key, Replications, share_below

Runs = Mapping[Key, Replications]
LEVELS = (0.001, 0.01, 0.02, *(round(step / 20, 2) for step in range(1, 21)))
SERVED = {"same": "A/A: the control's policy in both arms", "different": "A/B: each arm its own policy"}


def summary(runs: Runs, design: Design) -> dict[str, Any]:
    """Count false alarms and differences found.

    Args:
        runs: what `repeat` returned.
        design: the settings of the test.

    Returns:
        `{"one_minus_control": {metric: {way: {...}}}}` with the shares `false_alarms` (A/A; about alpha), `found` (A/B;
        the power), each with its 95 % interval over the salts, and `interval_held_truth` (at least 1 - alpha).
    """
    found: dict[str, Any] = {}
    for (one, metric, way), run in runs.items():
        shares = _share("false_alarms", run.same, design.alpha) | _share("found", run.different, design.alpha)
        shares["interval_held_truth"] = float(run.held.mean())
        found.setdefault(f"{one}_minus_{design.control}", {}).setdefault(metric, {})[way] = shares
    return found


def level_rows(runs: Runs, design: Design) -> list[dict[str, Any]]:
    """Return the share of the salts with a p-value of at most each level: a straight line where nothing differs.

    Args:
        runs: what `repeat` returned.
        design: the settings of the test.

    Returns:
        Rows with comparison, metric, way, served, level and share, in the order of the runs.
    """
    return [
        {
            "comparison": f"{one} - {design.control}",
            "metric": metric,
            "way": way,
            "served": text,
            "level": level,
            "share": share_below(getattr(run, which), level),
        }
        for (one, metric, way), run in runs.items()
        for which, text in SERVED.items()
        for level in LEVELS
    ]


def _share(name: str, p_values: NDArray[np.float64], level: float) -> dict[str, float]:
    alarms = int((p_values <= level).sum())
    low, high = wilson(alarms, len(p_values), 0.05)
    return {name: alarms / len(p_values), f"{name}_low": low, f"{name}_high": high}
