"""The sections about experiments: the simulated A/B test, the replay of the log, the closed loop."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from recommender_lab.feedback.settings import Schedule
from recommender_lab.report.charts import lines
from recommender_lab.report.colours import STRONG, colours, key
from recommender_lab.report.interval_bars import Estimate, estimates
from recommender_lab.report.markup import Markup, element, figure, table
from recommender_lab.report.page import Section
from recommender_lab.report.rows import Row
from recommender_lab.report.scales import interval, percent, told

_SCHEDULES: tuple[str, ...] = get_args(Schedule)
_WAYS = ("plain", "cuped", "paired")
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


def ab_test(found: Mapping[str, Any]) -> Section:
    """Draw the simulated A/B test: the arms, the differences by each way, and the test under other salts.

    Args:
        found: metrics/ab_test.json.

    Returns:
        The section.
    """
    arms = found["arms"]
    rates = [Estimate(_plain(arm), one["rate"], one["low"], one["high"], arm) for arm, one in arms.items()]
    users = ", ".join(f"{_plain(arm)} {one['users']:,}" for arm, one in arms.items())
    note = f"Users by arm: {users}; sample-ratio check p = {told(found['sample_ratio'], 'p_value')}."
    pictures = [
        figure("Click rate by arm", estimates("Click rate by arm", rates, colours(arms)), note),
        *(_gaps(metric, found["differences"]) for metric in _metrics(found["differences"])),
        _resalted(found["resalted"]),
    ]
    return Section("ab-test", "A/B test", tuple(pictures))


def _plain(name: str) -> str:
    return name.replace("_minus_", " - ").replace("_", " ")


def _metrics(differences: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(metric for values in differences.values() for metric in values))


def _gaps(metric: str, differences: Mapping[str, Any]) -> Markup:
    found = [(pair, way, values[metric][way]) for pair, values in differences.items() for way in _WAYS]
    found = [(pair, way, one) for pair, way, one in found if {"difference", "low", "high"} <= one.keys()]
    colour_of = colours(way for _, way, _ in found)
    values = [Estimate(_plain(pair), one["difference"], one["low"], one["high"], way) for pair, way, one in found]
    title = f"Difference of {_upper(metric)} by way of measuring"
    note = "Plain and CUPED: each user meets one arm. Paired: every user meets both, which only a simulation can do."
    return figure(title, estimates(title, values, colour_of), note, key(colour_of))


def _upper(metric: str) -> str:
    name, at, k = metric.partition("@")
    return f"{name.upper() if name == 'ndcg' else name.capitalize()}{at}{k}"


def _resalted(resalted: Mapping[str, Any]) -> Markup:
    cells = [
        (f"{_plain(pair)}, {_upper(metric)}, {way}", told(one, "false_alarms", percent), told(one, "found", percent))
        for pair, values in resalted.items()
        for metric, ways in values.items()
        for way, one in ways.items()
    ]
    header = ("under other salts", "false alarms (A/A)", "true difference found")
    return figure("The test, tested", table(header, cells))


def replay(found: Mapping[str, Any], rounds: Sequence[Row]) -> Section:
    """Draw the replay of the log: NDCG by round for each way to weigh the past, a line per schedule.

    Args:
        found: metrics/replay.json; without `arms` if the log is too short for any round.
        rounds: rows with arm (`policy_weighting_schedule`), metric, round, value.

    Returns:
        The section.
    """
    arms = list(dict.fromkeys(row["arm"] for row in rounds))
    metric = next((row["metric"] for row in rounds if row["metric"].startswith("ndcg")), "ndcg")
    pictures = [
        _replayed(family, metric, [row for row in rounds if _family(row["arm"]) == family])
        for family in dict.fromkeys(map(_family, arms))
    ]
    cells = [_arm(arm, one) for arm, one in found.get("arms", {}).items()]
    header = ("over all rounds", "Hit", "NDCG", "coverage", "new items", "age, days")
    said = "New items: share of what is served that was first seen a short time before. Intervals: 95 % over users."
    if not cells:
        said = "No round to show: no request came after the first replay.warm_up periods of the log."
    return Section("replay", "Replay of the log", (*pictures, figure("Schedules compared", table(header, cells), said)))


def _schedule(arm: str) -> str:
    return next((name for name in _SCHEDULES if arm.endswith(f"_{name}")), arm)


def _family(arm: str) -> str:
    return arm.removesuffix(f"_{_schedule(arm)}")


def _replayed(family: str, metric: str, rounds: Sequence[Row]) -> Markup:
    shown = [row for row in rounds if row["metric"] == metric]
    series = _series((_schedule(row["arm"]), row) for row in shown)
    colour_of = colours(name for name in _SCHEDULES if name in series)
    title = f"{_plain(family)}: {_upper(metric)} by round"
    return figure(title, lines(title, series, colour_of, "round"), None, key(colour_of))


def _series(named: Any) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for name, row in named:
        if "value" not in row:
            continue
        found.setdefault(name, []).append((row["round"], row["value"]))
    return found


def _arm(arm: str, one: Mapping[str, Any]) -> tuple[str, ...]:
    users, rounds = one["over_users"], one["over_rounds"]
    values = [interval(users[name], "mean") for kind in ("hit", "ndcg") for name in users if name.startswith(kind)]
    coverage = next((name for name in rounds if name.startswith("coverage")), "coverage")
    shares = [told(rounds, name, percent) for name in (coverage, "new_items")]
    return (_plain(arm), *values, *shares, told(rounds, "model_age_days"))


def feedback_loop(rounds: Sequence[Row], off_policy: Sequence[Row]) -> Section:
    """Draw the closed loop round by round, and the off-policy estimates against the truth.

    Args:
        rounds: rows with arm, metric, round, value.
        off_policy: rows with estimator, bias, bias_low, bias_high, interval_coverage, interval_width.

    Returns:
        The section.
    """
    colour_of = colours(row["arm"] for row in rounds)
    pictures = [
        figure(
            title,
            lines(title, _series((row["arm"], row) for row in rounds if row["metric"] == metric), colour_of, "round"),
        )
        for metric, title in _LOOP.items()
        if any(row["metric"] == metric for row in rounds)
    ]
    parts = (element("div", key(colour_of), class_="wide"), *pictures, *_estimators(off_policy))
    return Section("feedback", "Feedback loop", parts)


def _estimators(found: Sequence[Row]) -> tuple[Markup, Markup]:
    known = [row for row in found if {"bias", "bias_low", "bias_high"} <= row.keys()]
    values = [Estimate(_plain(row["estimator"]), row["bias"], row["bias_low"], row["bias_high"]) for row in known]
    cells = [
        (_plain(row["estimator"]), told(row, "bias", "{:+.4f}".format), told(row, "interval_coverage", percent))
        for row in found
    ]
    drawn = estimates("Estimate minus truth", values, {"": STRONG})
    listed = table(("estimator", "mean error", "intervals that hold the truth"), cells)
    note = "Of a policy that was not shown, from the log of another; the simulator knows the truth."
    return figure("Off-policy estimates minus the truth", drawn, note), figure("Off-policy estimates", listed)
