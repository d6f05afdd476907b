"""The sections about how well the policies do: all users, parts of them, and what the ranker uses."""

from collections.abc import Sequence

from recommender.evaluation.metrics import ACCURACY, BEYOND, headline_k
from recommender.evaluation.significance import shown, verdict
from recommender_lab.report.charts import Chart
from recommender_lab.report.formats import percent, short, span
from recommender_lab.report.page import Note, Section, Table
from recommender_lab.report.plot_data import Row

TITLES = ACCURACY | BEYOND
_MOST_FEATURES = 20


def policies(values: Sequence[Row], differences: Sequence[Row]) -> Section:
    """Show every metric of every policy with its interval, and which differences are clear.

    Args:
        values: rows with policy, metric, k, value, low, high.
        differences: rows with comparison, metric, k, value, low, high, p_value, users.

    Returns:
        The section, at one K: 10, or the largest measured.
    """
    k = headline_k(row["k"] for row in values)
    shown = [row for row in values if row["k"] == k]
    found = {metric: [row for row in shown if row["metric"] == metric] for metric in TITLES}
    pictures = [
        Chart("intervals", f"{TITLES[metric]}@{k}", rows, "value", "policy", "policy")
        for metric, rows in found.items()
        if rows
    ]
    note = Note(f"Means over test users with 95 % intervals, lists of {k} items.")
    compared = [row for row in differences if (row["metric"], row["k"]) == ("ndcg", k)]
    return Section("policies", "The policies", (note, *pictures, _differences(compared, k)))


def _differences(found: Sequence[Row], k: int) -> Table:
    cells = [
        (
            *(row["comparison"], f"{row['value']:+.3f}", span(row["low"], row["high"])),
            *(shown(row["p_value"]), verdict(row)),
        )
        for row in found
    ]
    return Table("Differences", (f"NDCG@{k}, same users", "difference", "95 % interval", "p", ""), cells)


def parts(by_history: Sequence[Row], by_item: Sequence[Row]) -> Section:
    """Show Hit and NDCG by the length of the history and by the popularity of the held-out item.

    Args:
        by_history: rows with group, users, policy, metric, k, value, low, high.
        by_item: the same, the groups being deciles of popularity.

    Returns:
        The section.
    """
    kinds = (
        (by_history, "history length", "events of the user before the request"),
        (by_item, "popularity of the held-out item", "decile, 1 = most popular"),
    )
    pictures = (_part(found, metric, name, label) for found, name, label in kinds for metric in ("hit", "ndcg"))
    return Section("groups", "Results by group", tuple(pictures))


def _part(found: Sequence[Row], metric: str, name: str, label: str) -> Chart:
    k = headline_k(row["k"] for row in found)
    shown = [row for row in found if row["metric"] == metric and row["k"] == k]
    users = {row["group"]: row["users"] for row in shown}
    note = "Users: " + ", ".join(f"{group}: {count:,}" for group, count in users.items()) + "."
    title = f"{TITLES[metric]}@{k} by {name}"
    return Chart("groups", title, shown, "group", "value", x_label=label, note=note)


def ranker(curve: Sequence[Row], gains: Sequence[Row]) -> Section:
    """Show the learning curve of each seed and the features that matter most.

    Args:
        curve: rows with seed, round (trees so far), ndcg@10.
        gains: rows with feature and gain, a share of the whole, the largest first.

    Returns:
        The section.
    """
    rows = [{name: int(row[name]) for name in ("seed", "round")} | {"ndcg@10": row["ndcg@10"]} for row in curve]
    best = f"Best: {short(max(row['ndcg@10'] for row in rows))}." if rows else None
    shown = list(gains[:_MOST_FEATURES])
    total = percent(sum(row["gain"] for row in shown))
    return Section(
        "ranker",
        "The ranker",
        (
            Chart(
                "learning_curve", "Validation NDCG@10 by number of trees", rows, "round", "ndcg@10", "seed", note=best
            ),
            Chart(
                "importances",
                "Feature importance: share of the gain",
                shown,
                "gain",
                "feature",
                note=f"{len(shown)} of {len(gains)} features, {total} of the gain.",
            ),
        ),
    )
