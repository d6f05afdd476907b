"""Metrics of a replay: each arm by round, overall with intervals, and compared on the same requests."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.evaluation.intervals import bootstrap
from recommender.evaluation.metrics import hit
from recommender.evaluation.paired import differences
from recommender.evaluation.per_user import exact_means
from recommender.log.histories import DAY, Ints
from recommender.ndcg import ndcg
from recommender.seeds import generator
from recommender_lab.feedback.replay import EventLog, ServedRound
from recommender_lab.feedback.retrain import NOTHING
from recommender_lab.feedback.rows import Row, mean
from recommender_lab.feedback.schedules import Arm, ModelVersion
from recommender_lab.feedback.settings import Replay

Values = NDArray[np.float64]


def accuracy(rank: Ints, k: int) -> dict[str, Values]:
    """Return `hit@k` and `ndcg@k` of each request, where one item is relevant.

    Args:
        rank: rank of the relevant item from 1, 0 if it was not shown, (n,).
        k: length of the lists.
    """
    hits = rank[:, None] == np.arange(1, k + 1)
    return {f"hit@{k}": hit(hits, k), f"ndcg@{k}": ndcg(hits, np.ones(len(rank), dtype=np.int64), k)}


def round_metrics(log: EventLog, served: ServedRound, number: int, before: int, settings: Replay) -> dict[str, float]:
    """Measure what one model showed in one round.

    Args:
        log: the log.
        served: what was shown.
        number: of the round.
        before: the round before which the model was fitted.
        settings: k, and for how many days after its first event an item is new.

    Returns:
        `hit@k`, `ndcg@k`, `coverage@k` (distinct items shown / items known when the round begins), `new_items` (share
        of the slots that show a new item), `model_age_days` (from the fit to the beginning of the round); NaN without
        requests.
    """
    start = log.start(number)
    shown = served.shown[served.shown != NOTHING]
    fresh = log.first_seen[shown] >= start - settings.new_item_days * DAY
    means = {name: mean(values) for name, values in accuracy(served.rank, settings.k).items()}
    return means | {
        f"coverage@{settings.k}": len(np.unique(shown)) / max(int((log.first_seen < start).sum()), 1),
        "new_items": mean(fresh.astype(np.float64)),
        "model_age_days": (start - log.start(before)) / DAY,
    }


def per_user(log: EventLog, rounds: Sequence[ServedRound], k: int) -> pd.DataFrame:
    """Average the accuracy of each user's requests over all rounds: one row per user, ascending."""
    empty = np.zeros(0, dtype=np.int64)
    target, rank = (
        np.concatenate([empty, *(getattr(served, name) for served in rounds)]) for name in ("target", "rank")
    )
    return pd.DataFrame(accuracy(rank, k)).groupby(log.user[target]).mean().round(9)


def pairs(arms: Sequence[Arm]) -> list[tuple[str, str]]:
    """Return the pairs of arms of one model that differ either in the schedule or in the weighting."""
    return [
        (later.name, earlier.name)
        for earlier, later in combinations(arms, 2)
        if earlier.model == later.model
        and (earlier.weighting == later.weighting) != (earlier.schedule == later.schedule)
    ]


def summarise(
    log: EventLog,
    arms: Sequence[Arm],
    served: Mapping[ModelVersion, Mapping[int, ServedRound]],
    numbers: range,
    settings: Replay,
    seed: int,
) -> tuple[dict[str, Any], list[Row]]:
    """Summarise a replay.

    Args:
        log: the log.
        arms: what is compared.
        served: what each model version showed, by round.
        numbers: of the rounds served.
        settings: of the replay.
        seed: the root seed.

    Returns:
        The metrics: for each arm means over users with `low` and `high`, means over rounds of the other metrics, and
        the last round; differences as `paired.differences` returns them. Then one row per arm and round.
    """
    rows: list[Row] = []
    tables: dict[str, pd.DataFrame] = {}
    for arm in arms:
        versions = {at: arm.version(at, numbers.start, settings.every) for at in numbers}
        rounds = {at: served[version][at] for at, version in versions.items()}
        for at, found in rounds.items():
            measured = round_metrics(log, found, at, versions[at].before, settings)
            rows.append({"arm": arm.name, "round": at, **measured})
        tables[arm.name] = per_user(log, list(rounds.values()), settings.k)
    requests = sum(len(found.target) for found in rounds.values())
    counts = {"rounds": len(numbers), "requests": requests, "users": len(tables[arms[0].name])}
    if not requests:
        return counts, []
    ranges = bootstrap(tables, generator(seed, "replay"), settings.resamples)
    paired = differences(tables, pairs(arms), generator(seed, "replay"), settings.resamples)
    by_arm = {
        name: _summary([row for row in rows if row["arm"] == name], tables[name], ranges[name]) for name in tables
    }
    return counts | {"arms": by_arm, "differences": paired}, rows


def _summary(rows: Sequence[Row], table: pd.DataFrame, ranges: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    means = dict(zip(table.columns, exact_means(table.to_numpy()).tolist(), strict=True))
    others = [name for name in rows[0] if name not in {"arm", "round", *means}]
    return {
        "over_users": {name: {"mean": value, **ranges[name]} for name, value in means.items()},
        "over_rounds": {name: mean(np.array([row[name] for row in rows])) for name in others},
        "last_round": {name: value for name, value in rows[-1].items() if name != "arm"},
    }
