"""How much each event of a history speaks for an item: the parts that a source or a feature is the sum of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.features.context import Context
from recommender.features.interactions import SIMILARITY_DECAY
from recommender.features.sequences import block_numbers
from recommender.log.histories import Floats, Ints
from recommender.log.views import RECENT, View, fading
from recommender.retrieval.base import Retriever
from recommender.retrieval.contexts import BLOCK_SECONDS
from recommender.retrieval.embedding import unit_rows
from recommender.retrieval.pairs import gap_bucket
from recommender.retrieval.sequence import GapTransitions, ItemToItem, RidgeSource
from recommender.retrieval.svd import SvdRetriever

AGES = np.arange(RECENT)


@dataclass(frozen=True)
class Parts:
    """The parts of a score, one per event of the one request asked about.

    Attributes:
        event: int64 item codes of the events, newest first, (n_events,).
        part: what each event adds to the score of each item, float64 (n_events, n_items asked about).
    """

    event: Ints
    part: NDArray[np.float64]

    def strongest(self, column: int) -> tuple[int, int] | None:
        """Return the age (0 for the latest) and the item of the event that adds most; None if no event adds anything.

        Args:
            column: of the item asked about.
        """
        if not len(self.event) or self.part[:, column].max() <= 0:
            return None
        age = int(self.part[:, column].argmax())
        return age, int(self.event[age])


def source_parts(source: Retriever, view: View, item: Ints) -> Parts | None:
    """Take a source's scores apart.

    Args:
        source: any source.
        view: of one request.
        item: item codes asked about, (n,).

    Returns:
        Parts that add up to the scores; None for a source that is no sum over events.
    """
    if isinstance(source, SvdRetriever):
        return _svd_parts(source, view, item)
    known = view.recent.item[0] >= 0
    event = view.recent.item[0, known]
    if isinstance(source, ItemToItem):
        return _through(source.table, event, event, source.decay ** AGES[known], item)
    if isinstance(source, RidgeSource):
        near = view.recent.seconds[0, known] <= BLOCK_SECONDS
        rows = np.where(near, event, event + view.histories.n_items)
        return _through(source.table, event, rows, fading(source.decay, source.window)[known], item)
    if isinstance(source, GapTransitions):
        bucket, weights = gap_bucket(view.recent.seconds[0, known]), fading(source.decay, source.window)[known]
        each = [_through(t, event, event, weights * (bucket == at), item).part for at, t in enumerate(source.tables)]
        return Parts(event, np.sum(each, axis=0))
    return None


def _svd_parts(source: SvdRetriever, view: View, item: Ints) -> Parts:
    """Each event adds its weight times the dot product of its factors with the item's."""
    factors, event = source.model.factors.astype(np.float64), view.histories.item[view.events][::-1]
    weight = source.model.weights(view, source.decay)[::-1].astype(np.float64)
    return Parts(event, weight[:, None] * (factors[event] @ factors[item].T))


def _through(table: sp.csr_array, event: Ints, rows: Ints, weights: NDArray[Any], item: Ints) -> Parts:
    """Weigh the rows of a table that stand for events."""
    return Parts(event, np.asarray(weights, dtype=np.float64)[:, None] * table[rows].toarray()[:, item])


Weights = Callable[[Context], NDArray[Any]]


def _decayed(decay: float) -> Weights:
    return lambda _: decay**AGES


def _latest(size: int) -> Weights:
    return lambda context: (size > AGES) / np.clip(context.view.requests.position[0], 1, size)


def _faded(size: int) -> Weights:
    """Weigh as `interactions.recent_profile` does: decaying, and 1 in all."""

    def weigh(context: Context) -> NDArray[Any]:
        """Return a weight per latest event of the first request, 0 where there is none."""
        weights = np.where(context.view.recent.item[0] >= 0, fading(SIMILARITY_DECAY, size), 0)
        return weights / max(weights.sum(), 1e-12)

    return weigh


def _block(number: int) -> Weights:
    return lambda context: block_numbers(context)[0] == number


THROUGH_TABLES: Mapping[str, tuple[str, Weights]] = {
    "transitions_last": ("transitions", _latest(1)),
    "transitions_slow": ("transitions", _decayed(0.9)),
    "neighbours_last": ("neighbours", _latest(1)),
    "similarity_mean_5": ("similarity", _latest(5)),
    "similarity_mean_20": ("similarity", _latest(20)),
    "same_second_block": ("gap_0", _block(0)),
    "next_page_block": ("gap_1", _block(0)),
    "same_second_recent": ("gap_0", _decayed(0.8)),
    "next_page_earlier": ("gap_1", _block(1)),
}
"""The features of `features.sequences` that are looked up in a table: its name, and the weights of the events."""
THROUGH_ORDER: Mapping[str, Weights] = {"order_last": _latest(1), "order_recent": _decayed(0.8)}
"""Those that are dot products of the embedding of order."""
THROUGH_FACTORS: Mapping[str, Weights] = {f"similarity_last_{size}": _faded(size) for size in (1, 5, 20)}
"""The features of `features.interactions` that are cosines with the factors."""


def feature_parts(name: str, context: Context, item: Ints) -> Parts | None:
    """Take a feature apart, for the candidates of one request.

    Args:
        name: of the feature; ranks are taken apart like the scores that they come from.
        context: of one request.
        item: item codes asked about, (n,).

    Returns:
        Parts that add up to the feature (of a rank: to the score); None if it is no sum over events.
    """
    source = context.knowledge.sources.get(name.removesuffix("_score").removesuffix("_rank"))
    if source is not None and name.endswith(("_score", "_rank")):
        return source_parts(source, context.view, item)
    known = context.view.recent.item[0] >= 0
    event = context.view.recent.item[0, known]
    if name in THROUGH_TABLES:
        table, weights = THROUGH_TABLES[name]
        return _through(context.knowledge.sequence.tables[table], event, event, weights(context)[known], item)
    if name in THROUGH_ORDER:
        return _products(context.knowledge.sequence.embedding, event, THROUGH_ORDER[name](context)[known], item)
    if name in THROUGH_FACTORS:
        unit = unit_rows(context.knowledge.factors.factors.astype(np.float64))
        return _products(unit, event, THROUGH_FACTORS[name](context)[known], item)
    return None


def _products(vectors: Floats, event: Ints, weights: NDArray[Any], item: Ints) -> Parts:
    return Parts(event, np.asarray(weights)[:, None] * (vectors[event] @ vectors[item].T).astype(np.float64))
