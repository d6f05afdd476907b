"""What each event of a history adds to a feature of an item."""

import numpy as np
from numpy.typing import NDArray

from recommender.features.context import Context
from recommender.features.interactions import SIMILARITY_DECAY, SIMILARITY_SIZES
from recommender.features.sequences import EMBEDDED, TABLES
from recommender.log.histories import Floats, Ints
from recommender.log.views import fading
from recommender.retrieval.source import Parts, table_parts

FACTOR_SIZES = {f"similarity_last_{size}": size for size in SIMILARITY_SIZES}


def feature_parts(name: str, context: Context, item: Ints) -> Parts | None:
    """Split a feature of the candidates of one request into what each event adds.

    Args:
        name: of the feature; a rank is split like the score that it comes from.
        context: one request.
        item: item codes, (n,).

    Returns:
        Parts that add up to the feature (of a rank: to the score); None if it is not a sum over events.
    """
    knowledge, view = context.knowledge, context.view
    source, _, kind = name.rpartition("_")
    if kind in {"score", "rank"} and source in knowledge.sources:
        return knowledge.sources[source].parts(view, item)
    known = view.recent.item[0] >= 0
    event = view.recent.item[0, known]
    if name in TABLES:
        weights, table = TABLES[name]
        return table_parts(table(knowledge), event, event, weights(context)[0, known], item)
    if name in EMBEDDED:
        return _products(knowledge.items.embedding, event, EMBEDDED[name](context)[0, known], item)
    if name in FACTOR_SIZES:
        weights_of_events = fading(SIMILARITY_DECAY, FACTOR_SIZES[name])[known]
        total = max(weights_of_events.sum(), 1e-12)
        return _products(knowledge.factors.unit, event, weights_of_events / total, item)
    return None


def _products(vectors: Floats, event: Ints, weights: NDArray[np.floating], item: Ints) -> Parts:
    return Parts(event, np.asarray(weights)[:, None] * (vectors[event] @ vectors[item].T).astype(np.float64))
