"""Items with scores, and the best of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Ints
from recommender.retrieval.candidates import CandidateSet
from recommender.retrieval.top import rank_in_row


@dataclass(frozen=True)
class Scored:
    """Items with scores for some requests.

    Attributes:
        request: int64 row of the request, ascending, (n,).
        item: int64 item codes, (n,).
        score: float64, higher is better, (n,).
        candidates: what the sources proposed for the same requests; None where there is one source.
    """

    request: Ints
    item: Ints
    score: NDArray[np.float64]
    candidates: CandidateSet | None = None

    def __getitem__(self, rows: Ints) -> "Scored":
        return Scored(self.request[rows], self.item[rows], self.score[rows])


def best(scored: Scored, k: int) -> tuple[Scored, Ints]:
    """Return the k best of each request, best first, and their ranks from 1."""
    rank = rank_in_row(scored.request, scored.score)
    kept = np.flatnonzero(rank < k)
    order = kept[np.lexsort((rank[kept], scored.request[kept]))]
    return scored[order], rank[order] + 1
