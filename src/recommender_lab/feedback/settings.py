"""The sections `replay` and `feedback_loop` of params.yaml, which describes each key."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from recommender.params import Count, Positive, Probability, Section, Share
from recommender.ranking.settings import ModelParams

Schedule = Literal["never", "every_n", "every_round"]
Weighting = Literal["all", "recent", "window"]


class Retrain(Section):
    """Upper limits on the pipeline's own settings, so that models can be fitted many times."""

    ridge_items: Count
    past_requests: Count
    seeds: Count
    max_rounds: Count


class Replay(Section):
    """The replay of the real log, period by period."""

    period: Literal["day", "week"]
    warm_up: Count
    rounds: Count
    schedules: Annotated[list[Schedule], Field(min_length=1)]
    every: Count
    weightings: Annotated[list[Weighting], Field(min_length=1)]
    half_life_days: Positive
    window_days: Positive
    two_stage: list[Schedule]
    two_stage_weightings: Annotated[list[Weighting], Field(min_length=1)]
    retrain: Retrain
    requests_per_user: Count
    new_item_days: Positive
    k: Count
    resamples: Annotated[int, Field(ge=100)]

    @model_validator(mode="after")
    def _once(self) -> "Replay":
        for name in ("schedules", "weightings", "two_stage", "two_stage_weightings"):
            if len(set(getattr(self, name))) < len(getattr(self, name)):
                raise ValueError(f"{name}: a name stands twice; write each once")
        return self


class Preference(Section):
    """The model of what the simulated users like."""

    held_out: Share
    n_components: Count
    noise: Annotated[float, Field(ge=0)]
    midpoint: float
    width: Positive


class Click(Section):
    """The click model of the simulated users."""

    eta: Annotated[float, Field(ge=0)]
    noise: Probability


class Visit(Section):
    """How long the simulated users stay, and whether they return."""

    longest: Count
    stay_after_click: Probability
    stay_without: Probability
    return_after_click: Probability
    return_without: Probability


class OffPolicy(Section):
    """How many logs the off-policy estimators are checked on."""

    repeats: Annotated[int, Field(ge=2)]


class FeedbackLoop(Section):
    """The feedback loop: users click what they are shown, and models are fitted on the clicks."""

    rounds: Count
    k: Count
    pool: Count
    exploration: Probability
    explore: Literal["random", "uncertain"]
    preference: Preference
    click: Click
    visit: Visit
    retrain: Retrain
    off_policy: OffPolicy

    @model_validator(mode="after")
    def _pool(self) -> "FeedbackLoop":
        if self.pool < self.k:
            raise ValueError(f"pool: {self.pool} is less than k = {self.k}; explored items come from the pool")
        return self


class ReplayParams(ModelParams):
    """The sections that the stage `replay` reads."""

    replay: Replay


class LoopParams(ModelParams):
    """The sections that the stage `feedback_loop` reads."""

    feedback_loop: FeedbackLoop
