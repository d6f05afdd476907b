"""Off-policy estimates against the truth that only a simulation knows: bias, spread, coverage of intervals."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Ints
from recommender_lab.feedback.exploration import explore, propensities
from recommender_lab.feedback.off_policy import ESTIMATORS, NORMAL, Logged

Values = NDArray[np.float64]
CELLS = 2_000_000
"""Most slate x item cells of a chunk of repeats."""


@dataclass(frozen=True)
class Setting:
    """Slates, their pools, and another policy over these.

    Attributes:
        chance: true probability of a click on each item of the pool in each slot, (n, k, pool).
        predicted: the same as the reward model has it, (n, k, pool).
        target: places in the pool of the other policy's slate, (n, k).
    """

    chance: Values
    predicted: Values
    target: Ints

    @property
    def truth(self) -> float:
        """Clicks per slate that the other policy would earn."""
        return float(self._at(self.chance, np.arange(len(self.target)), self.target).sum(axis=1).mean())

    def logging_truth(self, exploration: float) -> float:
        """Return the clicks per slate that the logging policy earns."""
        k, pool = self.chance.shape[1:]
        return float((self.chance * propensities(k, pool, exploration)).sum(axis=(1, 2)).mean())

    def logged(self, user: Ints, place: Ints, click: NDArray[np.bool_], exploration: float) -> Logged:
        """Return a log of slates as the estimators need it.

        Args:
            user: rows of the setting, (n,).
            place: places in the pool of what was shown, (n, k).
            click: what was clicked, (n, k).
            exploration: of the logging policy.
        """
        k, pool = self.chance.shape[1:]
        target = self.target[user]
        return Logged(
            clicks=click.astype(np.float64),
            propensity=propensities(k, pool, exploration)[np.arange(k), place],
            target=(place == target).astype(np.float64),
            predicted=self._at(self.predicted, user, place),
            expected=self._at(self.predicted, user, target).sum(axis=1),
        )

    def simulate(
        self, exploration: float, random: np.random.Generator, size: int
    ) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """Draw users with replacement, slates of the logging policy and clicks; (size,), (size, k), (size, k)."""
        n, k, pool = self.chance.shape
        user = random.integers(n, size=size)
        place = explore(random.random((size, k)), random.random((size, pool)), exploration)
        return user, place, random.random((size, k)) < self._at(self.chance, user, place)

    def _at(self, table: Values, user: Ints, place: Ints) -> Values:
        return table[user[:, None], np.arange(place.shape[1]), place]


def check(
    setting: Setting, exploration: float, random: np.random.Generator, repeats: int
) -> dict[str, dict[str, float]]:
    """Simulate many logs of as many slates as the setting has, and estimate the other policy's clicks from each.

    Args:
        setting: who and what is simulated.
        exploration: of the logging policy.
        random: where users, slates and clicks come from.
        repeats: logs, 2 or more.

    Returns:
        For each estimator over the logs: `mean`, `bias` (mean - truth) with `bias_low` and `bias_high` (95 %, of the
        simulation), `rmse`, `interval_coverage` (share of the 95 % intervals that hold the truth), `interval_width`.
    """
    parts: dict[str, list[Values]] = {name: [] for name in ESTIMATORS}
    n = len(setting.target)
    for size in _chunks(n * setting.chance.shape[2], repeats):
        logged = setting.logged(*setting.simulate(exploration, random, size * n), exploration)
        shaped = Logged(**{name: value.reshape(size, n, *value.shape[1:]) for name, value in vars(logged).items()})
        for name, estimator in ESTIMATORS.items():
            found = estimator(shaped)
            parts[name].append(np.stack((found.value, found.low, found.high)))
    return {name: judge(np.concatenate(found, axis=1), setting.truth) for name, found in parts.items()}


def judge(found: Values, truth: float) -> dict[str, float]:
    """Compare estimates with the truth.

    Args:
        found: value, low and high of each log, (3, repeats).
        truth: what they estimate.

    Returns:
        See `check`.
    """
    value, low, high = found
    bias, reach = float(value.mean()) - truth, NORMAL * float(value.std(ddof=1)) / len(value) ** 0.5
    return {
        "mean": float(value.mean()),
        "bias": bias,
        "bias_low": bias - reach,
        "bias_high": bias + reach,
        "rmse": float(np.mean((value - truth) ** 2)) ** 0.5,
        "interval_coverage": float(np.mean((low <= truth) & (truth <= high))),
        "interval_width": float((high - low).mean()),
    }


def _chunks(cells: int, repeats: int) -> Iterator[int]:
    size = max(1, CELLS // max(cells, 1))
    for start in range(0, repeats, size):
        yield min(size, repeats - start)
