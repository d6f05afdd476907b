"""The same test with many salts: how often it raises a false alarm, and how often it finds the difference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.arms import assign
from recommender_lab.ab_test.design import CUPED, PLAIN, Design
from recommender_lab.ab_test.estimates import difference, sums
from recommender_lab.ab_test.population import Population

Values = NDArray[np.float64]
Key = tuple[str, str, str]
_CELLS = 1 << 22


@dataclass(frozen=True)
class Replications:
    """One comparison, repeated with every salt.

    Attributes:
        same: p-values where both arms were served by the control's policy (A/A); NaN where nothing could be tested.
        different: p-values where each arm was served by its own policy (A/B).
        held: whether the interval of the latter held the difference of the whole population.
    """

    same: Values
    different: Values
    held: NDArray[np.bool_]


def repeat(population: Population, design: Design, salts: int) -> dict[Key, Replications]:
    """Repeat every comparison with other salts; memory does not grow with users times salts.

    Args:
        population: the users.
        design: the settings of the test.
        salts: number of other salts.

    Returns:
        By challenger, metric and way (plain, cuped).
    """
    parts: dict[Key, list[tuple[Any, ...]]] = {}
    names = [f"{design.salt} again {number}" for number in range(salts)]
    for some in _chunks(names, len(population.keys)):
        arms = assign(population.keys, population.strata, list(design.shares.values()), some)
        for metric in design.metrics:
            found = sums(population, metric, arms, len(design.shares))
            for one in design.challengers:
                for way in (PLAIN, CUPED):
                    part = _replicate(found, population.outcomes[metric], design, one, way)
                    parts.setdefault((one, metric, way), []).append(part)
    return {key: Replications(*map(np.concatenate, zip(*some, strict=True))) for key, some in parts.items()}


def share_below(p_values: Values, level: float) -> float:
    """Return the share of the p-values that are at most a level; an undefined one is not an alarm.

    Args:
        p_values: (salts,).
        level: in [0, 1].

    Returns:
        A share in [0, 1].
    """
    return float((p_values <= level).mean())


def _replicate(found: Values, outcomes: Values, design: Design, one: str, way: str) -> tuple[Any, ...]:
    arm, control = design.pair(one)
    truth = float((outcomes[:, arm] - outcomes[:, control]).mean())
    same, different = (
        difference(found[:, arm, served], found[:, control, control], adjusted=way == CUPED)
        for served in (control, arm)
    )
    return same.p_values(), different.p_values(), np.abs(different.value - truth) <= different.reach(design.alpha)


def _chunks(salts: Sequence[str], users: int) -> Iterator[Sequence[str]]:
    size = max(1, _CELLS // users)
    return (salts[start : start + size] for start in range(0, len(salts), size))
