"""Metrics of the feedback loop by round: what a live system would count, and what was shown."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.beyond_accuracy import diversity, novelty, popularity
from recommender.evaluation.reference import Reference
from recommender_lab.feedback.rows import Row, mean
from recommender_lab.feedback.visits import Visits
from recommender_lab.feedback.world import World


def online_metrics(visits: Visits, highest: float) -> dict[str, float]:
    """Measure how the users of one round responded.

    Args:
        visits: what was shown and clicked.
        highest: highest rating of the scale; it stands for an item that was watched to the end.

    Returns:
        `visitors`: users who were shown a slate;
        `click_through_rate`: clicks / slots shown;
        `clicks_per_visit`: clicks / visitors;
        `watch_time`: sum of rating / highest over the clicks / visitors, in whole items;
        `session_length`: slates / visitors;
        `return_rate`: share of the visitors who return in the next round;
        `liked`: mean probability that an item shown is liked, known only to the simulation.
        All but `visitors` are NaN without visitors; `watch_time` also if the highest rating is not above 0.
    """
    served = visits.seen.any(axis=1)
    visitors, k = int(served.sum()), visits.click.shape[2]
    slots, clicks = int(visits.seen.sum()) * k, int(visits.click.sum())
    watched = float((visits.rating * visits.click).sum())
    return {
        "visitors": visitors,
        "click_through_rate": _ratio(clicks, slots),
        "clicks_per_visit": _ratio(clicks, visitors),
        "watch_time": _ratio(watched / highest, visitors) if highest > 0 else float("nan"),
        "session_length": _ratio(int(visits.seen.sum()), visitors),
        "return_rate": _ratio(int(visits.returns[visits.user[served]].sum()), visitors),
        "liked": _ratio(float(visits.liked[visits.seen].sum()), slots),
    }


def slate_metrics(visits: Visits, reference: Reference, catalogue: NDArray[np.bool_]) -> dict[str, float]:
    """Measure what one round showed.

    Args:
        visits: what was shown and clicked.
        reference: popularity and genres of all items, by code.
        catalogue: items that may be shown, boolean (n_items,).

    Returns:
        `coverage`: distinct items shown / items of the catalogue; `gini`: see `gini`, over the catalogue;
        `diversity`, `novelty`, `popularity`: means over the slates, as `evaluate` defines them. NaN without slates.
    """
    slates = visits.item[visits.seen].astype(np.int32)
    exposure = np.bincount(slates.ravel(), minlength=len(catalogue))[catalogue]
    k = slates.shape[1]
    return {
        "coverage": _ratio(int((exposure > 0).sum()), int(catalogue.sum())) if len(slates) else float("nan"),
        "gini": gini(exposure),
        "diversity": mean(diversity(slates, reference.genres, [k])[:, 0]),
        "novelty": mean(novelty(slates, reference.share, k)),
        "popularity": mean(popularity(slates, reference.share, k)),
    }


def gini(exposure: NDArray[np.int64]) -> float:
    """Return the Gini coefficient of how often each item was shown (Gini, 1912; Fleder and Hosanagar, 2009).

    Formula: `2 * sum(i * x_i) / (n * sum(x)) - (n + 1) / n` over the sorted exposures, i from 1: 0 if all items are
    shown equally often, near 1 if only one item is shown.

    Args:
        exposure: how often each item of the catalogue was shown, (n,).

    Returns:
        A value in [0, 1); NaN if nothing was shown.
    """
    n, total = len(exposure), int(exposure.sum())
    if not total:
        return float("nan")
    return float(2 * (np.arange(1, n + 1) * np.sort(exposure)).sum() / (n * total) - (n + 1) / n)


def measure_rounds(world: World, arm: str, rounds: Sequence[Visits]) -> list[Row]:
    """Measure every round of an arm.

    Args:
        world: what the arms share.
        arm: its name.
        rounds: what was shown and clicked, in order.

    Returns:
        One row per round: `arm`, `round` from 1, the metrics of `online_metrics` and `slate_metrics`, and
        `popularity_drift`, the popularity minus that of the first round.
    """
    rows: list[Row] = []
    catalogue = world.original.counts > 0
    for number, visits in enumerate(rounds, start=1):
        measured = online_metrics(visits, world.scale[1]) | slate_metrics(visits, world.reference, catalogue)
        drift = measured["popularity"] - (rows[0]["popularity"] if rows else measured["popularity"])
        rows.append({"arm": arm, "round": number, **measured, "popularity_drift": drift})
    return rows


def summarise(rows: Sequence[Row]) -> dict[str, Any]:
    """Return for each arm the first round, the last round, and means over the rounds."""
    found: dict[str, Any] = {}
    for arm in dict.fromkeys(row["arm"] for row in rows):
        own = [{name: value for name, value in row.items() if name != "arm"} for row in rows if row["arm"] == arm]
        means = {name: float(np.mean([row[name] for row in own])) for name in own[0] if name != "round"}
        found[arm] = {"first_round": own[0], "last_round": own[-1], "mean": means}
    return found


def _ratio(total: float, number: float) -> float:
    return total / number if number else float("nan")
