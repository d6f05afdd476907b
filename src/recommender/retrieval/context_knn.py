"""Nearest contexts: a past event is a neighbour if what came before it is like what came before the request.

The similarity of two contexts is the product of their sparse vectors to the power 3, so that whole matching passages
count far more than single items (a session kNN in the manner of Ludewig and Jannach, 2018). With the request's time,
only events that came after a like pause are neighbours.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recommender.histories import Histories, Ints
from recommender.requests import RECENT, View
from recommender.retrieval.base import Scores
from recommender.retrieval.pairs import BLOCK_SECONDS, MICROSECONDS, block_contexts, target_matrix

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
        targets: for each kind of pause the items of its events, (n_events_of_it, n_items).
        request_time: whether kinds of pause are told apart.
    """

    contexts: list[sp.csr_array]
    targets: list[sp.csr_array]
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
                near = asked[batch] @ contexts
                near.data = near.data**3
                scores[batch] = (near @ targets).toarray()
        return scores


def request_contexts(view: View, window: int, decay: float) -> sp.csr_array:
    """Return what came before each request: the items of its block, then the others, float32 (n, 2 n_items)."""
    age = np.arange(RECENT)
    weights = np.where(age < window, decay**age, 0).astype(np.float32)
    near = view.recent.seconds <= BLOCK_SECONDS
    parts = [view.weigh_recent(np.where(block, weights, 0)) for block in (near, ~near)]
    return sp.csr_array(sp.hstack(parts, format="csr"))


def fit_context_knn(histories: Histories, most_events: int, request_time: bool) -> ContextKnn:
    """Describe what came before each of the latest events.

    Args:
        histories: the events to learn from.
        most_events: only this many events, the latest ones in time, are neighbours.
        request_time: whether the request's own time is known.
    """
    rarity = ((histories.counts + 10.0) ** -0.25).astype(np.float32)
    own = block_contexts(histories, WINDOW, DECAY, request_time, rarity)
    n = histories.n_items
    swapped = sp.hstack((own[:, n:], own[:, :n]), format="csr")
    contexts, targets = sp.csr_array(own + OTHER_BLOCK * swapped).astype(np.float32), target_matrix(histories)
    kinds = _pauses(histories) if request_time else np.zeros(len(histories.item), dtype=np.int64)
    recent = np.zeros(len(histories.item), dtype=bool)
    recent[np.argsort(-histories.time, kind="stable")[:most_events]] = True
    groups = [np.flatnonzero(recent & (kinds == kind)) for kind in range(len(PAUSE_EDGES) + 1 if request_time else 1)]
    return ContextKnn([contexts[rows].T.tocsr() for rows in groups], [targets[rows] for rows in groups], request_time)


def _pauses(histories: Histories) -> Ints:
    """Sort each event by the seconds since the event before it; first events count as after a long pause."""
    seconds = np.diff(histories.time, prepend=0) // MICROSECONDS
    seconds[histories.indptr[:-1][histories.lengths > 0]] = PAUSE_EDGES[-1] + 1
    return np.searchsorted(PAUSE_EDGES, seconds)
