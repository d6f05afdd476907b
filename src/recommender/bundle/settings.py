"""The section `recommend` of params.yaml, and what else this room reads."""

from recommender.errors import ParameterError
from recommender.params import Base, Count, Section, Sections
from recommender.ranking.settings import ModelParams, Rerank
from recommender.retrieval.knowledge import active_sizes
from recommender.retrieval.settings import Candidates, Sequence


class Recommend(Section):
    """How long each list of recommendations is, and how many requests are logged."""

    k: Count
    log_requests: Count


def require_candidates(candidates: Candidates, sequence: Sequence, k: int) -> None:
    """Refuse lists that are longer than what the largest source proposes.

    Args:
        candidates: items per request of each source.
        sequence: whether sources that need the time of the request propose any.
        k: items per list.

    Raises:
        ParameterError: no source proposes as many.
    """
    most = max(active_sizes(candidates, sequence).values())
    if most < k:
        raise ParameterError(
            f"candidates: the largest source proposes {most} items, fewer than recommend.k = {k}; "
            "raise a source or lower recommend.k"
        )


class SeedParams(Sections):
    """What the random policy reads."""

    base: Base


class PublishParams(ModelParams):
    """What publishing reads."""

    rerank: Rerank
