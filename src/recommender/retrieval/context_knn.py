"""Nearest contexts: a past event is a neighbour if what came before it is like what came before the request.

The similarity of two contexts is the product of their sparse vectors to the power 3, so that whole matching passages
count far more than single items (a session kNN in the manner of Ludewig and Jannach, 2018). With the request's time,
only events that came after a like pause are neighbours.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recommender.log.histories import Floats, Histories, Ints
from recommender.log.views import MICROSECONDS, View
from recommender.retrieval.base import Scores
from recommender.retrieval.contexts import event_contexts, latest_events, request_contexts

WINDOW = 10
DECAY = 0.8
OTHER_BLOCK = 0.5
"""How much an item matches the same item in the other block."""
PAUSE_EDGES = (0, 60, 3600)
"""Seconds since the event before: the same second, a page, a sitting; beyond the last: later."""
BATCH = 200


@dataclass(frozen=True)
class ContextKnn:
    """Scores an item by its past events whose contexts are like the request's.

    Attributes:
        contexts: for each kind of pause the transposed contexts of its events, (2 n_items, n_events_of_it).
        targets: for each kind of pause the items of its events, int64 (n_events_of_it,).
        request_time: whether kinds of pause are told apart.
    """

    contexts: list[sp.csr_array]
    targets: list[Ints]
    request_time: bool

    def score(self, view: View) -> Scores:
        """Return the summed similarities, float32 (n_requests, n_items)."""
        asked = request_contexts(view, WINDOW, DECAY)
        pause = (
            np.searchsorted(PAUSE_EDGES, view.recent.seconds[:, 0])
            if self.request_time
            else np.zeros(len(view.requests))
        )
        scores = np.zeros((len(view.requests), view.histories.n_items), dtype=np.float32)
        for kind, (contexts, targets) in enumerate(zip(self.contexts, self.targets, strict=True)):
            rows = np.flatnonzero(pause == kind)
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                scores[batch] = _votes(asked[batch] @ contexts, targets, view.histories.n_items)
        return scores


def _votes(near: sp.csr_array, targets: Ints, n_items: int) -> Floats:
    """Add up the similarities to the power 3 of the events of each item; float32 (n_requests, n_items)."""
    first = n_items * np.arange(near.shape[0])
    places = np.repeat(first, np.diff(near.indptr)) + targets[near.indices]
    cubes = near.data * near.data * near.data
    return np.bincount(places, cubes, near.shape[0] * n_items).reshape(-1, n_items).astype(np.float32)


def fit_context_knn(histories: Histories, most_events: int, request_time: bool) -> ContextKnn:
    """Describe what came before each of the latest events.

    Args:
        histories: the events to learn from.
        most_events: only this many events, the latest ones in time, are neighbours.
        request_time: whether the request's own time is known.
    """
    rarity = ((histories.counts + 10.0) ** -0.25).astype(np.float32)
    events, n = latest_events(histories, most_events), histories.n_items
    own = event_contexts(histories, events, WINDOW, DECAY, request_time, rarity)
    swapped = sp.hstack((own[:, n:], own[:, :n]), format="csr")
    contexts, targets = sp.csr_array(own + np.float32(OTHER_BLOCK) * swapped), histories.item[events]
    kinds = _pauses(histories)[events] if request_time else np.zeros(len(events), dtype=np.int64)
    groups = [np.flatnonzero(kinds == kind) for kind in range(len(PAUSE_EDGES) + 1 if request_time else 1)]
    return ContextKnn([contexts[rows].T.tocsr() for rows in groups], [targets[rows] for rows in groups], request_time)


def _pauses(histories: Histories) -> Ints:
    """Sort each event by the seconds since the event before it; first events count as after a long pause."""
    seconds = np.diff(histories.time, prepend=0) // MICROSECONDS
    seconds[histories.indptr[:-1][histories.lengths > 0]] = PAUSE_EDGES[-1] + 1
    return np.searchsorted(PAUSE_EDGES, seconds)
