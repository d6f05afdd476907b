"""What the closed loop shows: each arm by round, and how well its log tells of another policy."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recommender.evaluation.reference import Reference
from recommender.log.histories import Ints
from recommender.seeds import generator
from recommender_lab.feedback.clicks import click_table
from recommender_lab.feedback.loop import Round
from recommender_lab.feedback.off_policy import ESTIMATORS
from recommender_lab.feedback.off_policy_check import Setting, Values, check
from recommender_lab.feedback.online_metrics import online, shown
from recommender_lab.feedback.reward_model import RewardModel, fit_reward_model
from recommender_lab.feedback.round_rows import Row
from recommender_lab.feedback.visits import Visits
from recommender_lab.feedback.world import World


def round_rows(world: World, arm: str, rounds: Sequence[Round], reference: Reference) -> list[Row]:
    """Measure every round of an arm: `arm`, `round`, the metrics of `online_metrics`, and `popularity_drift`.

    `popularity_drift` is how much more popular (share of the users of the log, before the loop began) what is shown has
    become since the first round.
    """
    rows: list[Row] = []
    for number, played in enumerate(rounds, start=1):
        measured = online(played.visits, world.scale[1]) | shown(played.visits, reference, world.original.counts > 0)
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


def popular_first(pool: Ints, counts: Ints, k: int) -> Ints:
    """Return the places in each pool of its k items with the most events, best first; the policy that is asked about.

    Args:
        pool: item codes, (n, pool).
        counts: events per item.
        k: slots.
    """
    return np.argsort(-counts[pool], axis=1, kind="stable")[:, :k]


def off_policy_report(world: World, rounds: Sequence[Round]) -> dict[str, Any]:
    """Ask the log of the exploring arm what showing the most popular of each pool would have earned.

    Only the first slate of each visit is asked about. The reward model is fitted on the first round, the rest is the
    log: a model that had seen the same clicks would make the doubly robust estimate biased.

    Args:
        world: what the arms share.
        rounds: of the exploring arm.

    Returns:
        The true clicks per slate of both policies, each estimator's estimate from the log with its interval (`logged`),
        and how the estimators do over many simulated logs (`simulated`); nothing without exploration, or without slates
        after the first round.
    """
    settings = world.params.feedback_loop
    logs = [played.visits for played in rounds]
    asked = range(1, len(logs))
    first = [np.flatnonzero(log.seen[:, 0]) for log in logs]
    if not settings.exploration or sum(len(first[at]) for at in asked) < 2:
        return {}
    model = fit_reward_model(logs[:1], settings.k, world.original.n_items)
    setting = Setting(*map(np.concatenate, zip(*(_tables(world, logs, at, model) for at in asked), strict=True)))
    shown, clicks = (
        np.concatenate([getattr(logs[at], name)[first[at], 0] for at in asked]) for name in ("place", "click")
    )
    log = setting.logged(np.arange(len(shown)), shown, clicks, settings.exploration)
    found = {name: vars(estimator(log)) for name, estimator in ESTIMATORS.items()}
    random = generator(world.params.base.seed, "off_policy")
    return {
        "slates": len(shown),
        "truth": setting.truth,
        "truth_of_logging": setting.logging_truth(settings.exploration),
        "logged": {name: {key: float(number) for key, number in value.items()} for name, value in found.items()},
        "simulated": check(setting, settings.exploration, random, settings.off_policy.repeats),
    }


def _tables(world: World, logs: Sequence[Visits], at: int, model: RewardModel) -> tuple[Values, Values, Ints]:
    """Return true and predicted click probabilities and the other policy's slates for the first slates of a round."""
    settings, log = world.params.feedback_loop, logs[at]
    row = np.flatnonzero(log.seen[:, 0])
    pool = log.pools[row, 0]
    chance = click_table(world.preferences.liked(log.user[row], pool), settings.k, settings.click)
    clicked = [visits.item[visits.click] for visits in logs[:at]]
    counts = np.bincount(np.concatenate([world.original.item, *clicked]), minlength=world.original.n_items)
    return chance, model.predict(pool), popular_first(pool, counts, settings.k)


def off_policy_rows(found: Mapping[str, Any]) -> list[Row]:
    """Return one row per estimator: how its estimates over the simulated logs compare with the truth."""
    simulated = found.get("simulated", {})
    return [{"estimator": name, "truth": found["truth"], **values} for name, values in simulated.items()]
