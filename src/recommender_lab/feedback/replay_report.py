"""What a replay shows: each arm by round, on the whole with intervals, and against each other on the same requests."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.evaluation.intervals import bootstrap
from recommender.evaluation.paired import differences
from recommender.evaluation.per_user import exact_means
from recommender.log.histories import Ints
from recommender.seeds import generator
from recommender_lab.feedback.lists import NOTHING
from recommender_lab.feedback.replay import Log, Served
from recommender_lab.feedback.replay_models import Fit
from recommender_lab.feedback.round_rows import Row, plot_rows
from recommender_lab.feedback.schedules import DAY, Arm, refreshed
from recommender_lab.feedback.settings import ReplayParams

Values = NDArray[np.float64]


def accuracy(rank: Ints, k: int) -> dict[str, Values]:
    """Return `hit@k` and `ndcg@k` of each request, where one item is relevant.

    Formula: hit 1 if the item was shown; NDCG 1 / log2(rank + 1), 0 if it was not.

    Args:
        rank: place of the relevant item from 1, 0 if it was not shown, (n,).
        k: length of the lists, for the names.
    """
    gains = np.where(rank > 0, 1 / np.log2(np.maximum(rank, 1) + 1), 0.0)
    return {f"hit@{k}": (rank > 0).astype(np.float64), f"ndcg@{k}": gains}


def round_metrics(log: Log, served: Served, number: int, before: int, k: int, new_days: float) -> dict[str, float]:
    """Measure what one model showed in one round.

    Args:
        log: the log.
        served: what was shown.
        number: of the round.
        before: the round before which the model was fitted.
        k: length of the lists.
        new_days: an item is new for so many days after its first event.

    Returns:
        `hit@k`, `ndcg@k`, `coverage@k` (distinct items shown / items known when the round begins), `new_items` (share
        of the slots that hold a new item), `model_age_days` (since the fit, when the round begins); NaN where
        nobody asked.
    """
    start = log.start(number)
    shown = served.shown[served.shown != NOTHING]
    fresh = log.first_seen[shown] >= start - new_days * DAY
    means = {name: _mean(values) for name, values in accuracy(served.rank, k).items()}
    return means | {
        f"coverage@{k}": len(np.unique(shown)) / max(int((log.first_seen < start).sum()), 1),
        "new_items": _mean(fresh.astype(np.float64)),
        "model_age_days": (start - log.start(before)) / DAY,
    }


def per_user(log: Log, rounds: Sequence[Served], k: int) -> pd.DataFrame:
    """Average the accuracy of each user's requests over all rounds: one row per user, ascending."""
    empty = np.zeros(0, dtype=np.int64)
    asked, rank = (np.concatenate([empty, *(getattr(served, name) for served in rounds)]) for name in ("asked", "rank"))
    return pd.DataFrame(accuracy(rank, k)).groupby(log.user[asked]).mean().round(9)


def pairs(arms: Sequence[Arm]) -> list[tuple[str, str]]:
    """Return the pairs of arms that differ in one thing: the schedule or the weighting."""
    return [
        (later.name, earlier.name)
        for earlier, later in combinations(arms, 2)
        if earlier.model == later.model
        and (earlier.weighting == later.weighting) != (earlier.schedule == later.schedule)
    ]


def report(
    log: Log, arms: Sequence[Arm], answers: Mapping[Fit, Mapping[int, Served]], numbers: range, params: ReplayParams
) -> tuple[dict[str, Any], list[Row]]:
    """Sum up a replay.

    Args:
        log: the log.
        arms: what was compared.
        answers: what each model showed, by round.
        numbers: of the rounds served.
        params: all parameters.

    Returns:
        The metrics: for each arm means over users with `low` and `high`, means over rounds of what is no mean over
        users, and the last round; differences as `paired.differences` returns them. Then the rows of the plot.
    """
    settings = params.replay
    rows: list[Row] = []
    tables: dict[str, pd.DataFrame] = {}
    for arm in arms:
        befores = {at: refreshed(arm.schedule, at, numbers.start, settings.every) for at in numbers}
        shown = {at: _of(answers, arm, before)[at] for at, before in befores.items()}
        for at, served in shown.items():
            measured = round_metrics(log, served, at, befores[at], settings.k, settings.new_item_days)
            rows.append({"arm": arm.name, "round": at, **measured})
        tables[arm.name] = per_user(log, list(shown.values()), settings.k)
    asked = sum(len(served.asked) for served in shown.values())
    counts = {"rounds": len(numbers), "requests": asked, "users": len(tables[arms[0].name])}
    if not asked:
        return counts, []
    ranges = bootstrap(tables, generator(params.base.seed, "replay"), settings.resamples)
    gaps = differences(tables, pairs(arms), generator(params.base.seed, "replay"), settings.resamples)
    found = {name: _summary([row for row in rows if row["arm"] == name], tables[name], ranges[name]) for name in tables}
    return counts | {"arms": found, "differences": gaps}, plot_rows(rows)


def _of(answers: Mapping[Fit, Mapping[int, Served]], arm: Arm, before: int) -> Mapping[int, Served]:
    return next(
        found
        for fit, found in answers.items()
        if (fit.model, fit.weighting, fit.before) == (arm.model, arm.weighting, before)
    )


def _summary(rows: Sequence[Row], table: pd.DataFrame, ranges: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    means = dict(zip(table.columns, exact_means(table.to_numpy()).tolist(), strict=True))
    others = [name for name in rows[0] if name not in {"arm", "round", *means}]
    return {
        "over_users": {name: {"mean": value, **ranges[name]} for name, value in means.items()},
        "over_rounds": {name: _mean(np.array([row[name] for row in rows])) for name in others},
        "last_round": {name: value for name, value in rows[-1].items() if name != "arm"},
    }


def _mean(values: Values) -> float:
    defined = values[~np.isnan(values)]
    return float(exact_means(defined[:, None])[0])
