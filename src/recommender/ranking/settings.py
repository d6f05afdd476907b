"""The sections `build_ranking`, `train_ranker` and `rerank` of params.yaml."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, StrictStr, field_validator

from recommender.features.settings import Features
from recommender.params import Base, Count, Positive, Section, Sections, Written
from recommender.retrieval.settings import MOST_CANDIDATES, RetrievalParams


class BuildRanking(Section):
    """Which past requests the ranker learns from."""

    label: Literal["next_event", "liked"]
    past_requests: Count
    past_windows: Count
    min_history: Count
    # A request's rows are its positives and these.
    negatives: Annotated[int, Field(ge=1, lt=MOST_CANDIDATES)]
    max_requests: Count
    max_valid_requests: Count


class TrainRanker(Section):
    """The gradient-boosted trees."""

    objective: Literal["lambdarank", "binary"]
    learning_rate: Positive
    num_leaves: Annotated[int, Field(ge=2, le=131_072)]
    min_data_in_leaf: Count
    feature_fraction: Annotated[float, Field(gt=0, le=1)]
    bagging_fraction: Annotated[float, Field(gt=0, le=1)]
    lambda_l2: Annotated[float, Field(ge=0)]
    truncation_level: Count
    seeds: Count
    max_rounds: Count
    early_stopping_rounds: Count
    refit: bool
    half_life_days: Positive | None
    num_threads: Annotated[int, Field(ge=1, le=1024)]


class Rerank(Section):
    """What happens to a list after ranking."""

    diversity: Annotated[float, Field(ge=0, le=1)]
    max_per_genre: Count | None
    one_per_title: bool
    exclude_genres: list[str]
    exclude_items: list[StrictInt | StrictStr]

    @field_validator("exclude_items", mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        """Refuse an id that YAML changes: `010`, `1_000`, `0b11` and `+7` may be text in the log."""
        for item in value if isinstance(value, list) else ():
            if not isinstance(item, int | str):
                raise ValueError("expected ids, whole numbers or text; put quotes around an id that is text")
            if isinstance(item, Written) and repr(item) != str(int(item)):
                raise ValueError(f"YAML reads {item} as the number {int(item)}; put quotes around an id that is text")
        return value

    @property
    def is_off(self) -> bool:
        """Whether nothing happens."""
        excluded = self.exclude_genres or self.exclude_items
        return not (self.diversity or self.max_per_genre or self.one_per_title or excluded)


class RankerParams(Sections):
    """What the ranker is fitted with."""

    base: Base
    build_ranking: BuildRanking
    train_ranker: TrainRanker


class ModelParams(RetrievalParams, RankerParams):
    """What the two-stage model is fitted with, from the factors to the ranker."""

    features: Features
