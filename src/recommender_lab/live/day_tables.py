"""The days as a table, as charts, and as one page that opens without a network."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from recommender.text_table import text_table
from recommender_lab.live.circle import Circle, Day
from recommender_lab.report.charts import Chart, fill, read_templates

METRICS = {
    "click_through": "Click-through rate by day",
    "coverage": "Coverage by day",
    "milliseconds": "Milliseconds until an answer, by day",
    "age": "Age of the bundle in days",
}


def render(circle: Circle) -> str:
    """Write the days and the account of the events as text."""
    arms = sorted({arm for day in circle.days for arm in day.tally.shown})
    header = ("day", "users", "back", "bundle", "age", *(f"CTR {arm}" for arm in arms), "coverage")
    header += ("requests", "p50 ms", "p99 ms", "errors", "events", "cycle after it")
    rows = [header, *(_row(day, arms, circle.items) for day in circle.days)]
    found = circle.account
    return "\n".join(
        [
            text_table(rows, right=[0, 1, 2, *range(4, len(header) - 1)]),
            "",
            f"lists answered {circle.lists} = in the request log {circle.logged}",
            f"events acknowledged {found.acknowledged} = in the store {found.stored}; without {found.skips} skips "
            f"{found.stored - found.skips} = collected {found.collected} = in the log trained on {found.trained}: "
            + ("nothing is lost" if found.whole else "EVENTS ARE LOST"),
        ]
    )


def _row(day: Day, arms: list[str], items: int) -> tuple[str, ...]:
    tally = day.tally
    low, high = np.percentile(tally.milliseconds, [50, 99])
    rates = (f"{tally.clicked[arm] / tally.shown[arm]:.3f}" if tally.shown[arm] else "-" for arm in arms)
    shown = len(set().union(*tally.items.values()))
    return (
        *(str(day.number), str(day.visitors), str(day.back), day.revision, f"{day.age:.1f}"),
        *(*rates, f"{shown / items:.3f}", str(len(tally.milliseconds)), f"{low:.0f}", f"{high:.0f}"),
        *(str(len(tally.errors)), str(len(tally.acknowledged)), day.verdict),
    )


def chart_rows(circle: Circle) -> list[dict[str, Any]]:
    """Return one row per day, metric and arm, or percentile: `day, metric, arm, value`."""
    found = []
    for day in circle.days:
        tally = day.tally
        values = {("age", "bundle"): day.age}
        values |= {("milliseconds", f"p{at}"): float(np.percentile(tally.milliseconds, at)) for at in (50, 99)}
        for arm in sorted(tally.shown):
            values["click_through", arm] = tally.clicked[arm] / max(tally.shown[arm], 1)
            values["coverage", arm] = len(tally.items[arm]) / circle.items
        found += [
            {"day": day.number, "metric": metric, "arm": arm, "value": value} for (metric, arm), value in values.items()
        ]
    return found


def page(circle: Circle, plots: Path) -> bytes:
    """Draw the days by the template of the rounds, below each other.

    Args:
        circle: what to draw.
        plots: folder of the templates, `.dvc/plots`.

    Returns:
        HTML with the scripts inside.
    """
    rows, templates, divisions = chart_rows(circle), read_templates(plots), list[str]()
    for metric, title in METRICS.items():
        spec = fill(Chart("rounds", title, [row for row in rows if row["metric"] == metric], "day", "value"), templates)
        spec["encoding"]["x"]["title"] = "day"
        text = json.dumps(spec | {"title": title}, sort_keys=True, allow_nan=False).replace("<", "\\u003c")
        divisions.append(
            f'<div id="{metric}" style="width: 720px"></div><script>vegaEmbed("#{metric}", {text});</script>'
        )
    whole = (plots / "offline.html").read_text(encoding="utf-8")
    return whole.replace("{refresh_tag}", "").replace("{plot_divs}", "\n".join(divisions)).encode()
