"""Features of the candidate and the history together: the scores of the sources, and closeness in the factor space."""

import numpy as np

from recommender.features.context import Context
from recommender.log.histories import Floats, Ints

SIMILARITY_SIZES = (1, 5, 20)
SIMILARITY_DECAY = 0.9


def interaction_features(context: Context) -> dict[str, Floats]:
    """Gather every source's score and rank, and similarities to the latest events.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) each: `{source}_score`, `{source}_rank` (among the request's candidates), and
        `similarity_last_{1,5,20}`: cosine of the candidate's factors with the recency-weighted mean of the unit factors
        of the latest events.
    """
    scores = {f"{name}_score": score for name, score in context.candidates.scores.items()}
    ranks = {f"{name}_rank": rank.astype(np.float32) for name, rank in context.candidates.ranks.items()}
    return scores | ranks | _similarities(context)


def _similarities(context: Context) -> dict[str, Floats]:
    """Return the cosines of each candidate with its request's recency-weighted profiles."""
    unit, request = context.knowledge.factors.unit, context.candidates.request
    own = unit[context.candidates.item]
    profiles = {size: recent_profile(context.latest[:, :size], unit) for size in SIMILARITY_SIZES}
    return {
        f"similarity_last_{size}": np.einsum("ij,ij->i", own, profile[request]) for size, profile in profiles.items()
    }


def recent_profile(latest: Ints, unit: Floats) -> Floats:
    """Average the factors of the latest events, the newest weighing most.

    Args:
        latest: item codes, newest first, -1 where there is none, (n_requests, size).
        unit: factors of length 1, (n_items, d).

    Returns:
        float32 (n_requests, d); zeros for an empty history.
    """
    weights = np.where(latest >= 0, np.float32(SIMILARITY_DECAY) ** np.arange(latest.shape[1], dtype=np.float32), 0)
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), np.float32(1e-12))
    return np.einsum("rk,rkd->rd", weights, unit[latest])
