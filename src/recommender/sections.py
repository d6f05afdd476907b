"""The sections of params.yaml, typed: what each knob may be. What each one does is said in params.yaml itself."""

import datetime as dt
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    StrictInt,
    StrictStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from recommender.section import Count, Positive, Section, Share
from recommender.sections_ab_test import AbTest
from recommender.sections_feedback import FeedbackLoop, Replay
from recommender.sections_report import Report


def _moment(value: Any, accept: ValidatorFunctionWrapHandler) -> Any:
    """Say in one message what a moment may be; pydantic would read the number 86400 as a date."""
    try:
        moment = accept(value)
    except ValidationError:
        moment = None
    if moment is None or (isinstance(value, (int, float)) and isinstance(moment, dt.date)):
        raise ValueError("expected a share of the events above 0 and below 1, or a date such as 1998-03-01")
    return moment


Moment = Annotated[Share | dt.date, WrapValidator(_moment)]


class Base(Section):
    """What every use of chance derives its seed from."""

    seed: Annotated[int, Field(ge=0, lt=2**31)]


class LogColumns(Section):
    """The names of the columns in a user's own log; `null` for a column that the log does not have."""

    user: str
    item: str
    timestamp: str
    rating: str | None


class ItemColumns(Section):
    """The names of the columns in a user's own table of items; `null` for a column that it does not have."""

    item: str
    title: str | None
    release_date: str | None
    genres: str | None


class Dataset(Section):
    """Which log to use and how to read it."""

    name: Literal["movielens-100k", "movielens-1m", "interaction-log"]
    path: str | None
    items_path: str | None
    columns: LogColumns
    item_columns: ItemColumns
    genre_separator: Annotated[str, Field(min_length=1)]
    time_unit: Literal["auto", "s", "ms", "us", "iso"]
    rating_scale: tuple[float, float] | None

    @model_validator(mode="after")
    def _consistent(self) -> "Dataset":
        if self.name == "interaction-log" and self.path is None:
            raise ValueError("path: an interaction-log needs the path of a CSV or Parquet file")
        if self.rating_scale is not None and self.rating_scale[0] >= self.rating_scale[1]:
            raise ValueError("rating_scale: the lower end must be below the upper end")
        if "\0" in f"{self.path}{self.items_path}":
            raise ValueError("path, items_path: a path cannot hold a NUL character")
        return self


class Download(Section):
    """How long to wait for a source."""

    timeout_s: Annotated[float, Field(gt=0, le=86_400)]


class Prepare(Section):
    """Which part of the log is kept."""

    user_fraction: Annotated[float, Field(gt=0, le=1)]
    repeats: Literal["first", "last"]


class Split(Section):
    """Which events are held out."""

    method: Literal["last_interaction", "global_time"]
    ties: Literal["hashed", "file_order"]
    tie_seed: Annotated[int, Field(ge=0)]
    valid_from: Moment
    test_from: Moment

    @model_validator(mode="after")
    def _ordered(self) -> "Split":
        if type(self.valid_from) is not type(self.test_from):
            raise ValueError("valid_from and test_from: both must be shares, or both dates")
        if self.valid_from >= self.test_from:  # type: ignore[operator]
            raise ValueError("valid_from must come before test_from")
        return self


class TrainSvd(Section):
    """The factorisation of the user x item matrix."""

    n_components: Count
    values: Literal["rating", "binary", "log_count"]
    n_iter: Count
    recall_at: list[Count]


class Sequence(Section):
    """What is learnt from the order of events."""

    request_time: bool
    window: Annotated[int, Field(ge=1, le=50)]
    decay: Annotated[float, Field(gt=0, le=1)]
    neighbours: Count
    ridge_penalty: Positive
    ridge_items: Count
    context_events: Count


Size = Annotated[int, Field(ge=0)]


class Candidates(Section):
    """How many items each source hands to the ranker; 0 leaves a source out."""

    svd: Size
    svd_recent: Size
    transitions: Size
    neighbours: Size
    similarity: Size
    gaps: Size
    ease: Size
    ridge: Size
    block_ridge: Size
    contexts: Size
    popularity: Size
    recent_popularity: Size

    @model_validator(mode="after")
    def _some(self) -> "Candidates":
        if not any(size for name, size in self.model_dump().items() if name != "gaps"):
            raise ValueError("at least one source besides gaps must give candidates")
        return self


class Features(Section):
    """Which groups of features the ranker sees."""

    user: bool
    item: bool
    interaction: bool
    content: bool
    sequence: bool
    context: bool

    @model_validator(mode="after")
    def _some(self) -> "Features":
        if not any(self.model_dump().values()):
            raise ValueError("at least one group of features must be true")
        return self


class BuildRanking(Section):
    """Which past requests the ranker learns from."""

    label: Literal["next_event", "liked"]
    past_requests: Count
    past_windows: Count
    min_history: Count
    negatives: Count
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
    num_threads: Annotated[int, Field(ge=1, le=1024)]


class Rerank(Section):
    """What happens to a list after ranking."""

    diversity: Annotated[float, Field(ge=0, le=1)]
    max_per_genre: Count | None
    exclude_genres: list[str]
    exclude_items: list[StrictInt | StrictStr]

    @property
    def is_off(self) -> bool:
        """Whether nothing happens."""
        return not (self.diversity or self.max_per_genre or self.exclude_genres or self.exclude_items)


class Recommend(Section):
    """How long each list of recommendations is, and how many requests are logged."""

    k: Count
    log_requests: Count


class Evaluate(Section):
    """What is measured."""

    ks: Annotated[list[Count], Field(min_length=1)]
    resamples: Annotated[int, Field(ge=100)]
    history_edges: Annotated[list[Count], Field(min_length=1)]

    @model_validator(mode="after")
    def _lengths(self) -> "Evaluate":
        if len(set(self.ks)) < len(self.ks):
            raise ValueError(f"ks: found {self.ks}, expected each K once")
        edges = self.history_edges
        if any(edge >= after for edge, after in pairwise(edges)):
            raise ValueError(f"history_edges: found {edges}, expected numbers of events that grow, like [5, 20, 100]")
        return self


class Monitor(Section):
    """Which windows of the request log are compared, and what difference between them is an alert."""

    current: Share
    min_requests: Count
    bins: Annotated[int, Field(ge=2)]
    psi: Positive
    ks: Share
    alpha: Share
    sources: Share
    unknown_users: Share
    unknown_items: Share
    coverage: Positive


class Params(Section):
    """The whole of params.yaml."""

    base: Base
    dataset: Dataset
    download: Download
    prepare: Prepare
    split: Split
    train_svd: TrainSvd
    sequence: Sequence
    candidates: Candidates
    features: Features
    build_ranking: BuildRanking
    train_ranker: TrainRanker
    rerank: Rerank
    recommend: Recommend
    evaluate: Evaluate
    ab_test: AbTest
    monitor: Monitor
    replay: Replay
    feedback_loop: FeedbackLoop
    report: Report

    @model_validator(mode="after")
    def _lengths(self) -> "Params":
        longest = max(self.evaluate.ks)
        if longest > self.recommend.k:
            raise ValueError(f"evaluate.ks: {longest} is more than recommend.k = {self.recommend.k}; raise recommend.k")
        most = max(self.candidates.model_dump().values())
        if most < self.recommend.k:
            raise ValueError(
                f"candidates: the largest source gives {most} items, fewer than recommend.k = {self.recommend.k}; "
                "raise a source or lower recommend.k"
            )
        if self.ab_test.k not in self.evaluate.ks:
            known = ", ".join(map(str, self.evaluate.ks))
            raise ValueError(f"ab_test.k: {self.ab_test.k} is not among evaluate.ks = {known}; add it there")
        return self
