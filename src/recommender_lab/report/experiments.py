"""The sections about experiments: the simulated A/B test, the replay of the log, the feedback loop."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from recommender_lab.feedback.settings import Schedule
from recommender_lab.report.charts import Chart
from recommender_lab.report.formats import defined, interval, percent
from recommender_lab.report.page import Section, Table
from recommender_lab.report.plot_data import Row

_SCHEDULES: tuple[str, ...] = get_args(Schedule)
_LOOP = {
    "click_through_rate": "Click-through rate",
    "watch_time": "Watch time, in whole items per visitor",
    "return_rate": "Return rate",
    "coverage": "Coverage of the catalogue",
    "gini": "Gini of exposure",
    "diversity": "Diversity within a list",
    "novelty": "Novelty",
    "popularity_drift": "Popularity drift",
}


def ab_test(found: Mapping[str, Any], differences: Sequence[Row]) -> Section:
    """Show the simulated A/B test: the arms, the differences by each way, and the test under other salts.

    Args:
        found: metrics/ab_test.json.
        differences: rows with comparison (`pair, way`), metric, k, value, low, high.

    Returns:
        The section.
    """
    rates = [{"policy": arm, "value": one["rate"]} | one for arm, one in found["arms"].items()]
    users = ", ".join(f"{arm} {one['users']:,}" for arm, one in found["arms"].items())
    note = f"Users by arm: {users}; sample-ratio check p = {defined(found['sample_ratio'], 'p_value')}."
    kinds = dict.fromkeys((row["metric"], row["k"]) for row in differences)
    gaps = (_gaps(f"{metric}@{k}", [row for row in differences if row["metric"] == metric]) for metric, k in kinds)
    arms = Chart("intervals", "Click rate by arm", rates, "value", "policy", "policy", note=note)
    return Section("ab-test", "A/B test", (arms, *gaps, _resalted(found["resalted"])))


def _gaps(metric: str, found: Sequence[Row]) -> Chart:
    rows = [row | {"way": row["comparison"].rpartition(", ")[2]} for row in found]
    note = "Plain and CUPED: each user is in one arm. Paired: every user is in both, which only a simulation can do."
    return Chart("intervals", f"Difference in {_upper(metric)}", rows, "value", "comparison", "way", note=note)


def _upper(metric: str) -> str:
    name, at, k = metric.partition("@")
    return f"{name.upper() if name == 'ndcg' else name.capitalize()}{at}{k}"


def _resalted(resalted: Mapping[str, Any]) -> Table:
    cells = [
        (
            f"{pair.replace('_minus_', ' - ')}, {_upper(metric)}, {way}",
            defined(one, "false_alarms", percent),
            defined(one, "found", percent),
        )
        for pair, values in resalted.items()
        for metric, ways in values.items()
        for way, one in ways.items()
    ]
    header = ("under other salts", "false alarms (A/A)", "true difference found")
    return Table("The test repeated under other salts", header, cells)


def replay(found: Mapping[str, Any], rounds: Sequence[Row]) -> Section:
    """Show the replay of the log: NDCG by round for each way to weigh the past, a line per schedule.

    Args:
        found: metrics/replay.json; without `arms` if the log is too short for any round.
        rounds: rows with arm (`policy_weighting_schedule`), metric, round, value.

    Returns:
        The section.
    """
    metric = next((row["metric"] for row in rounds if row["metric"].startswith("ndcg")), "ndcg")
    shown = [row | {"family": _family(row["arm"])} for row in rounds if row["metric"] == metric]
    pictures = [
        Chart(
            "rounds",
            f"{family}: {_upper(metric)} by round",
            [row | {"arm": _schedule(row["arm"])} for row in shown if row["family"] == family],
            "round",
            "value",
        )
        for family in dict.fromkeys(row["family"] for row in shown)
    ]
    cells = [_arm(arm, one) for arm, one in found.get("arms", {}).items()]
    header = ("over all rounds", "Hit", "NDCG", "coverage", "new items", "age, days")
    note = "New items: share of the served items first seen shortly before. Intervals: 95 % over users."
    if not cells:
        note = "There are no rounds: no request came after the first replay.warm_up periods of the log."
    return Section("replay", "Replay of the log", (*pictures, Table("Schedules compared", header, cells, note)))


def _schedule(arm: str) -> str:
    return next((name for name in _SCHEDULES if arm.endswith(f"_{name}")), arm)


def _family(arm: str) -> str:
    return arm.removesuffix(f"_{_schedule(arm)}")


def _arm(arm: str, one: Mapping[str, Any]) -> tuple[str, ...]:
    users, rounds = one["over_users"], one["over_rounds"]
    values = [interval(users[name], "mean") for kind in ("hit", "ndcg") for name in users if name.startswith(kind)]
    coverage = next((name for name in rounds if name.startswith("coverage")), "coverage")
    shares = [defined(rounds, name, percent) for name in (coverage, "new_items")]
    return (arm, *values, *shares, defined(rounds, "model_age_days"))


def feedback_loop(rounds: Sequence[Row], off_policy: Sequence[Row]) -> Section:
    """Show the feedback loop round by round, and the off-policy estimates against the true value.

    Args:
        rounds: rows with arm, metric, round, value.
        off_policy: rows with estimator, bias, bias_low, bias_high, interval_coverage, interval_width.

    Returns:
        The section.
    """
    found = {metric: [row for row in rounds if row["metric"] == metric] for metric in _LOOP}
    pictures = [Chart("rounds", _LOOP[metric], rows, "round", "value") for metric, rows in found.items() if rows]
    cells = [
        (row["estimator"], defined(row, "bias", "{:+.4f}".format), defined(row, "interval_coverage", percent))
        for row in off_policy
    ]
    known = [row for row in off_policy if {"bias", "bias_low", "bias_high"} <= row.keys()]
    note = "Estimates for a policy that was not shown, from the log of another; the simulator knows the true value."
    estimated = Chart("estimators", "Off-policy estimates minus the true value", known, "bias", "estimator", note=note)
    listed = Table("Off-policy estimates", ("estimator", "mean error", "intervals that contain the true value"), cells)
    return Section("feedback", "Feedback loop", (*pictures, estimated, listed))
