"""Compares the arms of a live experiment; every interval and verdict may be looked at each day."""

from typing import Any

import numpy as np
import pandas as pd

from recommender.estimate import Estimate
from recommender_lab.ab_test.design import Design
from recommender_lab.ab_test.live_values import METRICS
from recommender_lab.ab_test.ratio_check import sample_ratio
from recommender_lab.ab_test.sequential import reach

GUARDS = ("watch_share", "return_rate")
FEWEST = 50
"""Users that each arm needs for a verdict: with fewer, means are not normal enough."""
BROKEN = 0.001
HIGHER, LOWER, OPEN, TOO_FEW = "higher", "lower", "not known yet", "too few users"
KEPT, FELL = "kept", "FELL"


def results(users: pd.DataFrame, design: Design, effect: float, margin: float) -> dict[str, Any]:
    """Describe the arms and compare each with the control.

    Args:
        users: as `live_values.count` returns them.
        design: shares, control and alpha: the accepted chance of any false verdict over all differences and looks.
        effect: see `sequential.reach`.
        margin: share of the control's value that GUARDS must not lose.

    Returns:
        `arms`: requests, users and each metric with its interval; `sample_ratio`; `differences` by challenger and
        metric with interval and verdict; `guards` likewise with KEPT, FELL or OPEN.
    """
    alpha = design.alpha / (len(design.challengers) * len(METRICS))
    of = {arm: users[users["arm"] == arm] for arm in design.policies}
    means = {arm: {metric: _mean(table[metric]) for metric in METRICS} for arm, table in of.items()}
    counts = np.array([len(table) for table in of.values()])
    p_value = sample_ratio(counts[None], list(design.shares.values()))[1] if counts.sum() else float("nan")
    found: dict[str, Any] = {"arms": {}, "differences": {}, "guards": {}}
    for arm, table in of.items():
        values = {metric: _interval(means[arm][metric], design.alpha, effect) for metric in METRICS}
        found["arms"][arm] = {"users": len(table), "requests": int(table["requests"].sum())} | values
    for arm in design.challengers:
        control = means[design.control]
        pairs = {metric: (means[arm][metric], control[metric]) for metric in METRICS}
        enough = {m: min(of[one][m].notna().sum() for one in (arm, design.control)) >= FEWEST for m in METRICS}
        gaps = {m: _interval(_minus(*pair, 1.0), alpha, effect) for m, pair in pairs.items()}
        limits = {m: _interval(_minus(*pairs[m], 1.0 - margin), alpha, effect) for m in GUARDS}
        found["differences"][arm] = {
            m: gap | {"verdict": _say(gap, enough[m], HIGHER, LOWER)} for m, gap in gaps.items()
        }
        found["guards"][arm] = {m: _say(gap, enough[m], KEPT, FELL) for m, gap in limits.items()}
    return found | {"sample_ratio": {"p_value": p_value, "broken": int(p_value < BROKEN)}}


def _mean(values: "pd.Series[float]") -> Estimate:
    known = values.dropna().to_numpy(dtype=np.float64)
    if len(known) < 2:
        return Estimate(float("nan"), float("nan"))
    return Estimate(float(known.mean()), float(known.std(ddof=1)) / len(known) ** 0.5)


def _minus(treated: Estimate, control: Estimate, share: float) -> Estimate:
    """Return the treated value minus a share of the control's."""
    error = float(np.hypot(treated.error, share * np.asarray(control.error)))
    return Estimate(treated.value - share * control.value, error)


def _interval(estimate: Estimate, alpha: float, effect: float) -> dict[str, float]:
    value, half = float(estimate.value), float(reach(estimate, alpha, effect))
    return {"value": value, "low": value - half, "high": value + half}


def _say(gap: dict[str, float], enough: bool, above: str, below: str) -> str:
    if not enough or np.isnan(gap["low"]):
        return TOO_FEW
    return above if gap["low"] > 0 else below if gap["high"] < 0 else OPEN
