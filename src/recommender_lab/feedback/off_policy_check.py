"""Off-policy estimates from the log of the feedback loop, compared with the true value, which only a simulation has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.estimate import Estimate
from recommender.log.histories import Ints
from recommender.seeds import generator
from recommender_lab.feedback.clicks import click_table
from recommender_lab.feedback.exploration import draw_slates, propensities
from recommender_lab.feedback.off_policy import ESTIMATORS, LoggedSlates, RewardModel
from recommender_lab.feedback.rows import Row
from recommender_lab.feedback.visits import Visits
from recommender_lab.feedback.world import World

Values = NDArray[np.float64]
CELLS = 2_000_000
"""Most slate x item cells of a chunk of repeats."""


@dataclass(frozen=True)
class SlateProblem:
    """Slates with their pools, and another policy that is evaluated on them.

    Attributes:
        chance: true probability of a click on each item of the pool in each slot, (n, k, pool).
        predicted: the reward model's prediction of it, (n, k, pool).
        target: positions in the pool of the other policy's slate, (n, k).
        exploration: probability that a slot of the logging policy explores.
    """

    chance: Values
    predicted: Values
    target: Ints
    exploration: float

    @property
    def propensities(self) -> Values:
        """Probability that the logging policy shows each item of the pool in each slot, (k, pool)."""
        k, pool = self.chance.shape[1:]
        return propensities(k, pool, self.exploration)

    @property
    def truth(self) -> float:
        """Expected clicks per slate of the other policy."""
        return float(_shown(self.chance, np.arange(len(self.target)), self.target).sum(axis=1).mean())

    @property
    def logging_truth(self) -> float:
        """Expected clicks per slate of the logging policy."""
        return float((self.chance * self.propensities).sum(axis=(1, 2)).mean())

    def logged(self, row: Ints, place: Ints, click: NDArray[np.bool_]) -> LoggedSlates:
        """Return a log of slates as the estimators need it.

        Args:
            row: slates of the problem, (n,).
            place: positions in the pool of what was shown, (n, k).
            click: what was clicked, (n, k).
        """
        target = self.target[row]
        return LoggedSlates(
            clicks=click.astype(np.float64),
            propensity=self.propensities[np.arange(place.shape[1]), place],
            target=(place == target).astype(np.float64),
            predicted=_shown(self.predicted, row, place),
            expected=_shown(self.predicted, row, target).sum(axis=1),
        )

    def simulate(self, random: np.random.Generator, size: int) -> LoggedSlates:
        """Draw a log of `size` slates: rows with replacement, slates of the logging policy, and clicks."""
        n, k, pool = self.chance.shape
        row = random.integers(n, size=size)
        place = draw_slates(random.random((size, k)), random.random((size, pool)), self.exploration)
        return self.logged(row, place, random.random((size, k)) < _shown(self.chance, row, place))


def _shown(table: Values, row: Ints, place: Ints) -> Values:
    """Return the cells of a table (n, k, pool) for the items at some places, (m, k)."""
    return table[row[:, None], np.arange(place.shape[1]), place]


def check_estimators(problem: SlateProblem, random: np.random.Generator, repeats: int) -> dict[str, dict[str, float]]:
    """Simulate many logs of as many slates as the problem has, and estimate the other policy's clicks from each.

    Args:
        problem: what is simulated.
        random: draws rows, slates and clicks.
        repeats: number of logs, 2 or more.

    Returns:
        For each estimator over the logs: `mean`, `bias` (mean - true value) with `bias_low` and `bias_high` (95 %, of
        the simulation), `rmse`, `interval_coverage` (share of the 95 % intervals that contain the true value) and
        `interval_width`.
    """
    parts: dict[str, list[Values]] = {name: [] for name in ESTIMATORS}
    n = len(problem.target)
    for size in _chunks(n * problem.chance.shape[2], repeats):
        drawn = vars(problem.simulate(random, size * n))
        logs = LoggedSlates(**{name: value.reshape(size, n, *value.shape[1:]) for name, value in drawn.items()})
        for name, estimator in ESTIMATORS.items():
            found = estimator(logs)
            parts[name].append(np.stack([np.asarray(found.value), *found.interval()]))
    return {name: compare_with_truth(np.concatenate(found, axis=1), problem.truth) for name, found in parts.items()}


def _chunks(cells: int, repeats: int) -> Iterator[int]:
    size = max(1, CELLS // max(cells, 1))
    for start in range(0, repeats, size):
        yield min(size, repeats - start)


def compare_with_truth(estimates: Values, truth: float) -> dict[str, float]:
    """Summarise estimates from many logs, (3, repeats): value, low and high; see `check_estimators`."""
    value, low, high = estimates
    bias = Estimate(float(value.mean()) - truth, float(value.std(ddof=1)) / len(value) ** 0.5)
    bias_low, bias_high = bias.interval()
    return {
        "mean": float(value.mean()),
        "bias": float(bias.value),
        "bias_low": float(bias_low),
        "bias_high": float(bias_high),
        "rmse": float(np.mean((value - truth) ** 2)) ** 0.5,
        "interval_coverage": float(np.mean((low <= truth) & (truth <= high))),
        "interval_width": float((high - low).mean()),
    }


def popular_first(pool: Ints, counts: Ints, k: int) -> Ints:
    """Return the positions in each pool (n, pool) of its k items with the most events, best first."""
    return np.argsort(-counts[pool], axis=1, kind="stable")[:, :k]


def evaluate_popular_first(world: World, rounds: Sequence[Visits]) -> dict[str, Any]:
    """Evaluate another policy, which shows the most popular items of each pool, from the log of the exploring arm.

    Only the first slate of each visit is used. The reward model is fitted on the first round and the other rounds are
    the log: a reward model fitted on the same clicks would make the doubly robust estimate biased.

    Args:
        world: what the arms share.
        rounds: of the exploring arm.

    Returns:
        The true clicks per slate of both policies, each estimator's estimate from the log with its interval (`logged`),
        and the estimators' errors over many simulated logs (`simulated`); empty without exploration, or with fewer than
        two slates after the first round.
    """
    settings = world.params.feedback_loop
    first = [np.flatnonzero(visits.seen[:, 0]) for visits in rounds]
    log = range(1, len(rounds))
    if not settings.exploration or sum(len(first[at]) for at in log) < 2:
        return {}
    model = RewardModel.fit(rounds[:1], settings.k, world.original.n_items)
    tables = (_tables(world, rounds[:at], rounds[at], first[at], model) for at in log)
    chance, predicted, target = map(np.concatenate, zip(*tables, strict=True))
    problem = SlateProblem(chance, predicted, target, settings.exploration)
    place, click = (
        np.concatenate([getattr(rounds[at], name)[first[at], 0] for at in log]) for name in ("place", "click")
    )
    logged = problem.logged(np.arange(len(place)), place, click)
    random = generator(world.params.base.seed, "off_policy")
    return {
        "slates": len(place),
        "truth": problem.truth,
        "truth_of_logging": problem.logging_truth,
        "logged": {name: _with_interval(estimator(logged)) for name, estimator in ESTIMATORS.items()},
        "simulated": check_estimators(problem, random, settings.off_policy.repeats),
    }


def _with_interval(estimate: Estimate) -> dict[str, float]:
    low, high = estimate.interval()
    return {"value": float(estimate.value), "low": float(low), "high": float(high)}


def _tables(
    world: World, earlier: Sequence[Visits], visits: Visits, row: Ints, model: RewardModel
) -> tuple[Values, Values, Ints]:
    """Return true and predicted click probabilities and the other policy's slates for the first slates of a round."""
    settings, pool = world.params.feedback_loop, visits.pools[row, 0]
    chance = click_table(world.preferences.liked(visits.user[row], pool), settings.k, settings.click)
    clicked = [before.item[before.click] for before in earlier]
    counts = np.bincount(np.concatenate([world.original.item, *clicked]), minlength=world.original.n_items)
    return chance, model.predict(pool), popular_first(pool, counts, settings.k)


def off_policy_rows(found: Mapping[str, Any]) -> list[Row]:
    """Return one row per estimator: its errors over the simulated logs, and the true value."""
    simulated = found.get("simulated", {})
    return [{"estimator": name, "truth": found["truth"], **values} for name, values in simulated.items()]
