"""When models are fitted again, which model serves which round, and the weight of past events."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.log.histories import DAY, Floats, Ints
from recommender_lab.feedback.settings import Replay, Schedule, Weighting

PERIODS = {"day": DAY, "week": 7 * DAY}
TRANSITIONS, TWO_STAGE = "transitions", "two_stage"


@dataclass(frozen=True)
class ModelVersion:
    """A model fitted on the events before a round.

    Attributes:
        model: TRANSITIONS (light) or TWO_STAGE.
        weighting: weight of past events.
        before: number of the round.
    """

    model: str
    weighting: Weighting
    before: int


@dataclass(frozen=True)
class Arm:
    """One way of keeping a model up to date.

    Attributes:
        model: TRANSITIONS (light) or TWO_STAGE.
        weighting: weight of past events.
        schedule: when the model is fitted again.
    """

    model: str
    weighting: Weighting
    schedule: Schedule

    @property
    def name(self) -> str:
        """The arm's name in metrics and plots."""
        return f"{self.model}_{self.weighting}_{self.schedule}"

    def version(self, number: int, first: int, every: int) -> ModelVersion:
        """Return the version of the model that serves a round.

        Args:
            number: of the round.
            first: number of the first round that is served.
            every: rounds between two fits of `every_n`.
        """
        age = {"never": number - first, "every_n": (number - first) % every, "every_round": 0}[self.schedule]
        return ModelVersion(self.model, self.weighting, number - age)


def arms(settings: Replay) -> list[Arm]:
    """Return every weighting with every schedule, for the light model and for the two-stage model."""
    both = {
        TRANSITIONS: (settings.weightings, settings.schedules),
        TWO_STAGE: (settings.two_stage_weightings, settings.two_stage),
    }
    return [
        Arm(model, weighting, schedule)
        for model, (weightings, schedules) in both.items()
        for weighting in weightings
        for schedule in schedules
    ]


def rounds_by_version(arms: Sequence[Arm], numbers: range, every: int) -> dict[ModelVersion, list[int]]:
    """Return every model version that some arm needs, with the numbers of all rounds that it serves, ascending."""
    rounds: dict[ModelVersion, set[int]] = {}
    for arm in arms:
        for number in numbers:
            rounds.setdefault(arm.version(number, numbers.start, every), set()).add(number)
    return {version: sorted(served) for version, served in rounds.items()}


def event_weights(time: Ints, now: int, weighting: Weighting, settings: Replay) -> Floats:
    """Return the weight of past events.

    Formula: `all`: 1; `recent`: 0.5 ** (age / half life); `window`: 1 up to the window's age, 0 beyond.

    Args:
        time: microseconds of the events, none later than now, (n,).
        now: microseconds.
        weighting: one of the above.
        settings: half life and window in days.

    Returns:
        float32 (n,) in [0, 1].
    """
    age = (now - time) / DAY
    weights = {
        "all": np.ones(len(time)),
        "recent": 0.5 ** (age / settings.half_life_days),
        "window": age <= settings.window_days,
    }
    return weights[weighting].astype(np.float32)
