"""Nearest contexts: a past event is a neighbour if what came before it is like what came before the request.

The similarity of two contexts is the product of their sparse vectors to the power 3, so that whole matching passages
count far more than single items (a session kNN in the manner of Ludewig and Jannach, 2018). With the request's time,
only events that came after a like pause are neighbours.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.log.histories import MICROSECONDS, Histories, Ints
from recommender.log.views import View
from recommender.retrieval.event_contexts import event_contexts, latest_events, request_contexts
from recommender.retrieval.source import Source, Training
from recommender.retrieval.top import Scores

WINDOW = 10
DECAY = 0.8
OTHER_BLOCK = 0.5
"""How much an item matches the same item in the other block."""
PAUSE_EDGES = (0, 60, 3600)
"""Seconds since the event before: the same second, a page, a sitting; beyond the last: later."""
BLOCK = 1 << 14
"""Events whose similarities are added up at once: they stay in the cache."""


@dataclass(frozen=True)
class Contexts(Source):
    """Scores an item by its past events whose contexts are like that of the request.

    Attributes:
        contexts: for each kind of pause the transposed contexts of its events, (2 n_items, n_events_of_it).
        targets: for each kind of pause the items of its events, int32 (n_events_of_it,).
        request_time: whether kinds of pause are separate.
    """

    name = "contexts"
    words = ("often chosen next by others who had just chosen similar items", "seldom chosen next by them")

    contexts: tuple[sp.csr_array, ...]
    targets: tuple[NDArray[np.int32], ...]
    request_time: bool

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Describe what came before each of the latest events."""
        histories, request_time = training.histories, training.sequence.request_time
        rarity = ((histories.counts + 10.0) ** -0.25).astype(np.float32)
        events, n = latest_events(histories, training.sequence.context_events), histories.n_items
        own = event_contexts(histories, events, WINDOW, DECAY, request_time, rarity)
        swapped = sp.hstack((own[:, n:], own[:, :n]), format="csr")
        contexts, targets = sp.csr_array(own + np.float32(OTHER_BLOCK) * swapped), histories.item[events]
        kinds = _pauses(histories, events) if request_time else np.zeros(len(events), dtype=np.int64)
        groups = [np.flatnonzero(kinds == kind) for kind in range(len(PAUSE_EDGES) + 1 if request_time else 1)]
        tables = tuple(contexts[rows].T.tocsr() for rows in groups)
        return cls(tables, tuple(targets[rows] for rows in groups), request_time)

    def score(self, view: View) -> Scores:
        """Return the summed similarities, float32 (n_requests, n_items)."""
        from recommender.retrieval import loops  # noqa: PLC0415 - see there

        own = request_contexts(view, WINDOW, DECAY)
        pause = np.searchsorted(PAUSE_EDGES, view.recent.seconds[:, 0]) * self.request_time
        scores = np.zeros((len(view.requests), view.histories.n_items), dtype=np.float32)
        for kind, (contexts, targets) in enumerate(zip(self.contexts, self.targets, strict=True)):
            rows, of_own = np.flatnonzero(pause == kind), (own.indptr, own.indices, own.data)
            loops.add_votes(scores, rows, of_own, (contexts.indptr, contexts.indices, contexts.data), targets, BLOCK)
        return scores


def _pauses(histories: Histories, events: Ints) -> Ints:
    """Sort some events by the seconds since the event before; first events count as after a long pause."""
    before = np.maximum(events - 1, 0)
    seconds = (histories.time[events] - histories.time[before]) // MICROSECONDS
    first = (events == 0) | (histories.user[before] != histories.user[events])
    return np.searchsorted(PAUSE_EDGES, np.where(first, PAUSE_EDGES[-1] + 1, seconds))
