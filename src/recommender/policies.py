"""The four policies behind one contract: requests in, recommendations out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from recommender.columns import ITEM, RANK, SCORE, USER
from recommender.features.assemble import assemble
from recommender.features.context import Context, ItemTable
from recommender.histories import Histories, Ints
from recommender.ranking.cascade import cascade
from recommender.ranking.ranker import Ranker
from recommender.requests import Requests, View
from recommender.retrieval.base import Retriever, chunk_size, rank_in_row
from recommender.retrieval.candidates import CandidateSet, best_allowed, find_candidates
from recommender.retrieval.knowledge import Knowledge
from recommender.sections import Features
from recommender.threads import one_blas_thread

POLICIES = ("random", "popularity", "svd", "two_stage")


@dataclass(frozen=True)
class Scored:
    """Items with scores for some requests.

    Attributes:
        request: int64 row of the request, ascending, (n,).
        item: int64 item codes, (n,).
        score: float64, higher is better, (n,).
        candidates: what several sources handed in, where there are several; of the same requests.
    """

    request: Ints
    item: Ints
    score: NDArray[np.float64]
    candidates: CandidateSet | None = None


Watch = Callable[[View, Scored, Scored], None]
"""Is told of each chunk of answers: the requests, all that was scored, and the lists that were served."""


class Policy(Protocol):
    """Scores items that a user has not met, at least the k best of each request."""

    def score(self, view: View, k: int) -> Scored:
        """Return at least the k best items of each request, or all that are left if fewer."""
        ...


@dataclass(frozen=True)
class SourcePolicy:
    """Recommends the best items of one source.

    Attributes:
        source: the fitted source.
        catalogue: items that may be recommended, boolean (n_items,).
    """

    source: Retriever
    catalogue: NDArray[np.bool_]

    def score(self, view: View, k: int) -> Scored:
        """Return the k best items of each request."""
        scores = self.source.score(view)
        request, item = np.nonzero(best_allowed(scores, view.seen | ~self.catalogue, k))
        return Scored(request, item, scores[request, item].astype(np.float64))


@dataclass(frozen=True)
class TwoStagePolicy:
    """Lets several sources hand in candidates and a ranker order them.

    Attributes:
        knowledge: the fitted sources.
        items: what is known of the items.
        features: the groups of features that the ranker was trained on.
        ranker: the trees.
        num_threads: threads of the ranker; any number gives the same scores.
    """

    knowledge: Knowledge
    items: ItemTable
    features: Features
    ranker: Ranker
    num_threads: int

    def score(self, view: View, k: int) -> Scored:
        """Return the candidates that reach the last step of the cascade, with the score of the whole ranker."""
        known = self.knowledge
        candidates = find_candidates(view, known.sources, known.sizes, known.catalogue)
        _, matrix = assemble(Context(view, known, self.items, candidates), self.features)
        rows, scores = cascade(self.ranker, candidates.request, matrix, k, self.num_threads)
        return Scored(candidates.request[rows], candidates.item[rows], scores, candidates)


def best(scored: Scored, k: int) -> tuple[Scored, Ints]:
    """Keep the k best of each request, best first, and tell their ranks from 1."""
    rank = rank_in_row(scored.request, scored.score)
    kept = np.flatnonzero(rank < k)
    order = kept[np.lexsort((rank[kept], scored.request[kept]))]
    return Scored(scored.request[order], scored.item[order], scored.score[order]), rank[order] + 1


def recommend_all(
    policy: Policy, histories: Histories, requests: Requests, k: int, workers: int = 1, watch: Watch | None = None
) -> pd.DataFrame:
    """Answer many requests, in chunks of bounded memory.

    Args:
        policy: any policy.
        histories: all events; a request sees only those before it.
        requests: n requests.
        k: items per request; fewer where the catalogue has no more.
        workers: chunks worked on at once; any number gives the same lists.
        watch: is called once per chunk, from the workers, in any order.

    Returns:
        `user_id, rank, item_id, score`, in the order of the requests and ranks.
    """
    size = chunk_size(histories.n_items)
    parts = [requests[at : at + size] for at in range(0, max(len(requests), 1), size)]
    with one_blas_thread(), ThreadPoolExecutor(workers) as pool:
        answers = pool.map(lambda part: _answer(policy, View(histories, part), k, watch), parts)
        return pd.concat(tqdm(answers, total=len(parts), disable=None, unit="chunk", leave=False), ignore_index=True)


def _answer(policy: Policy, view: View, k: int, watch: Watch | None) -> pd.DataFrame:
    histories, requests = view.histories, view.requests
    scored = policy.score(view, k)
    top, rank = best(scored, k)
    if watch is not None:
        watch(view, scored, top)
    return pd.DataFrame(
        {
            USER: histories.users[requests.user[top.request]],
            RANK: rank.astype(np.int32),
            ITEM: histories.items[top.item],
            SCORE: np.round(top.score, 6),
        }
    )
