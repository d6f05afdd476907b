"""When a model is fitted anew, and how much the past counts then."""

from dataclasses import dataclass

import numpy as np

from recommender.log.histories import Floats, Ints
from recommender.log.views import MICROSECONDS
from recommender_lab.feedback.settings import Replay, Schedule, Weighting

DAY = 86_400 * MICROSECONDS
PERIODS = {"day": DAY, "week": 7 * DAY}
TRANSITIONS, TWO_STAGE = "transitions", "two_stage"


@dataclass(frozen=True)
class Arm:
    """One way of keeping a model up to date.

    Attributes:
        model: TRANSITIONS (light) or TWO_STAGE.
        weighting: how the past counts.
        schedule: when the model is fitted anew.
    """

    model: str
    weighting: Weighting
    schedule: Schedule

    @property
    def name(self) -> str:
        """The arm's name in metrics and plots."""
        return f"{self.model}_{self.weighting}_{self.schedule}"


def arms(settings: Replay) -> list[Arm]:
    """Return every weighting with every schedule for the light model, and the schedules of the whole one."""
    light = [
        Arm(TRANSITIONS, weighting, schedule) for weighting in settings.weightings for schedule in settings.schedules
    ]
    return light + [Arm(TWO_STAGE, "all", schedule) for schedule in settings.two_stage]


def refreshed(schedule: Schedule, number: int, first: int, every: int) -> int:
    """Return the round before which the model that serves a round was fitted.

    Args:
        schedule: when models are fitted anew.
        number: of the round.
        first: number of the first round that is served.
        every: rounds between two refreshes of `every_n`.
    """
    steps = {"never": number - first, "every_n": (number - first) % every, "every_round": 0}
    return number - steps[schedule]


def event_weights(time: Ints, now: int, weighting: Weighting, settings: Replay) -> Floats:
    """Weigh past events.

    Formula: `all`: 1; `recent`: 0.5 ** (age / half life); `window`: 1 up to the window's age, 0 beyond.

    Args:
        time: microseconds of the events, none later than now, (n,).
        now: microseconds.
        weighting: how the past counts.
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
