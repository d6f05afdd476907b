"""The section `evaluate` of params.yaml."""

from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from recommender.engine.settings import EngineParams
from recommender.params import Base, Count, Section


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


class ListLength(BaseModel):
    """The key of the section `recommend` that evaluation reads."""

    k: Count


class EvaluateParams(EngineParams):
    """What lists are measured with."""

    base: Base
    evaluate: Evaluate
    recommend: ListLength

    @model_validator(mode="after")
    def _within_the_lists(self) -> "EvaluateParams":
        longest, k = max(self.evaluate.ks), self.recommend.k
        if longest > k:
            raise ValueError(f"evaluate.ks: {longest} is more than recommend.k = {k}; raise recommend.k")
        return self
