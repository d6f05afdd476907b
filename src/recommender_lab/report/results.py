"""The sections about how well the policies do: all users, parts of them, and what the ranker learnt."""

from collections.abc import Sequence

from recommender.evaluation.metrics import headline_k
from recommender_lab.report.charts import lines, rows
from recommender_lab.report.colours import colours, key
from recommender_lab.report.interval_bars import Estimate, estimates, groups
from recommender_lab.report.markup import Markup, element, figure, table
from recommender_lab.report.page import Section
from recommender_lab.report.rows import Row
from recommender_lab.report.scales import percent, short, span

TITLES = {
    "hit": "Hit",
    "ndcg": "NDCG",
    "mrr": "MRR",
    "recall": "Recall",
    "coverage": "Coverage",
    "novelty": "Novelty",
    "diversity": "Diversity",
    "popularity": "Popularity",
}
_MOST_FEATURES = 20
_MOST_POINTS = 120


def policies(values: Sequence[Row], differences: Sequence[Row]) -> Section:
    """Draw every metric of every policy with its interval, and which differences are more than noise.

    Args:
        values: rows with policy, metric, k, value, low, high.
        differences: rows with comparison, metric, k, value, low, high, p_value.

    Returns:
        The section, at one K: 10, or the largest measured.
    """
    k = headline_k(row["k"] for row in values)
    shown = [row for row in values if row["k"] == k]
    colour_of = colours(str(row["policy"]) for row in shown)
    pictures = [
        figure(f"{title}@{k}", estimates(f"{title} at {k} by policy", _of(shown, metric), colour_of))
        for metric, title in TITLES.items()
        if any(row["metric"] == metric for row in shown)
    ]
    note = element("p", f"Means over test users with 95 % intervals, lists of {k} items.", class_="note")
    told = [row for row in differences if (row["metric"], row["k"]) == ("ndcg", k)]
    return Section("policies", "The policies", (note, *pictures, _differences(told, k)))


def _of(found: Sequence[Row], metric: str) -> list[Estimate]:
    return [
        Estimate(row["policy"].replace("_", " "), row["value"], row["low"], row["high"], row["policy"])
        for row in found
        if row["metric"] == metric
    ]


def _differences(found: Sequence[Row], k: int) -> Markup:
    cells = [
        (
            row["comparison"].replace("_", " "),
            f"{row['value']:+.3f}",
            span(row["low"], row["high"]),
            f"{row['p_value']:.3f}",
        )
        for row in found
    ]
    header = (f"NDCG@{k}, same users", "difference", "95 % interval", "p")
    return figure("Differences", table(header, cells), "An interval that holds 0 is a difference inside the noise.")


def parts(by_history: Sequence[Row], by_item: Sequence[Row]) -> Section:
    """Draw Hit and NDCG by the length of the history and by the popularity of the held-out item.

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
    pictures = (_part(found, metric, name, below) for found, name, below in kinds for metric in ("hit", "ndcg"))
    return Section("groups", "Where it is good and where not", tuple(pictures))


def _part(found: Sequence[Row], metric: str, name: str, below: str) -> Markup:
    k = headline_k(row["k"] for row in found)
    shown = [row for row in found if row["metric"] == metric and row["k"] == k]
    colour_of = colours(row["policy"] for row in shown)
    values = [Estimate(row["group"], row["value"], row["low"], row["high"], row["policy"]) for row in shown]
    users = {row["group"]: row["users"] for row in shown}
    note = "Users: " + ", ".join(f"{group}: {count:,}" for group, count in users.items()) + "."
    title = f"{TITLES[metric]}@{k} by {name}"
    return figure(title, groups(title, values, colour_of, below), note, key(colour_of))


def ranker(curve: Sequence[Row], gains: Sequence[Row]) -> Section:
    """Draw the learning curve of each seed and the features that matter most.

    Args:
        curve: rows with seed, round (trees so far), ndcg@10.
        gains: rows with feature and gain, a share of the whole, the largest first.

    Returns:
        The section.
    """
    seeds = sorted({row["seed"] for row in curve})
    series = {
        f"seed {seed:.0f}": _thin([(row["round"], row["ndcg@10"]) for row in curve if row["seed"] == seed])
        for seed in seeds
    }
    colour_of = colours(series)
    learnt = lines("NDCG by trees", series, colour_of, "trees")
    shown = gains[:_MOST_FEATURES]
    values = [(row["feature"], row["gain"]) for row in shown]
    seen = rows("Gain by feature", values, [percent(row["gain"]) for row in shown])
    told = f"{len(shown)} of {len(gains)} features, {percent(sum(row['gain'] for row in shown))} of the gain."
    pictures = (
        figure("Learning curve: validation NDCG@10", learnt, _best(series), key(colour_of)),
        figure("What it looks at: share of the gain", seen, told),
    )
    return Section("ranker", "The ranker", pictures)


def _thin(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Keep every n-th point, and the last, so that at most about 120 are drawn."""
    every = -(-len(points) // _MOST_POINTS) or 1
    return [point for at, point in enumerate(points) if at % every == 0 or at == len(points) - 1]


def _best(series: dict[str, list[tuple[float, float]]]) -> str | None:
    return f"Best drawn: {short(max(y for points in series.values() for _, y in points))}." if series else None
