"""The sections `train_svd`, `sequence`, `neural` and `candidates` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from recommender.log.settings import Split
from recommender.params import Base, Count, Positive, Section, Sections


class TrainSvd(Section):
    """The factorisation of the user x item matrix."""

    n_components: Count
    values: Literal["rating", "binary", "log_count"]
    n_iter: Count
    index: Literal["exact", "hnsw"]
    index_recall: Annotated[float, Field(gt=0, le=1)]
    recall_at: list[Count]


class Sequence(Section):
    """What is fitted to the order of events."""

    request_time: bool
    window: Annotated[int, Field(ge=1, le=50)]
    decay: Annotated[float, Field(gt=0, le=1)]
    neighbours: Count
    ridge_penalty: Positive
    ridge_items: Count
    context_events: Count


class Neural(Section):
    """How the network of the source `neural` is fitted."""

    units: Count
    epochs: Count
    learning_rate: Positive
    dropout: Annotated[float, Field(ge=0, lt=1)]


Size = Annotated[int, Field(ge=0)]
MOST_CANDIDATES = 10_000
"""Of one request: LightGBM ranks no more together."""


class Candidates(Section):
    """How many items each source proposes to the ranker; 0 leaves a source out."""

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
    repeats: Size
    neural: Size = 0

    @model_validator(mode="after")
    def _some(self) -> "Candidates":
        sizes = self.model_dump()
        if not any(size for name, size in sizes.items() if name != "gaps"):
            raise ValueError("at least one source besides gaps must give candidates")
        total, (size, name) = sum(sizes.values()), max((size, name) for name, size in sizes.items())
        if total > MOST_CANDIDATES:
            raise ValueError(
                f"the sources propose up to {total} items per request, {name} {size} of them, expected at most "
                f"{MOST_CANDIDATES} in all; lower {name}"
            )
        return self


class SvdParams(Sections):
    """What the factorisation is fitted with."""

    base: Base
    train_svd: TrainSvd


class SequenceParams(Sections):
    """What is fitted to the order of events."""

    base: Base
    split: Split
    sequence: Sequence
    candidates: Candidates
    neural: Neural


class RetrievalParams(SvdParams, SequenceParams):
    """What the sources of candidates are fitted with."""
