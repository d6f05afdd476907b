"""The four policies behind one contract: requests in, recommendations out."""

from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import ITEM, RANK, SCORE, USER
from recommender.engine.local import ONE_THREAD, Engine
from recommender.features.assemble import assemble
from recommender.features.context import Context, ItemTable
from recommender.features.settings import Features
from recommender.log.histories import Histories, Ints
from recommender.log.views import Requests, View
from recommender.ranking.cascade import cascade
from recommender.ranking.ranker import Ranker
from recommender.ranking.rerank import POOL, Reranker
from recommender.ranking.scored import Scored, best
from recommender.retrieval.candidates import find_candidates
from recommender.retrieval.chunks import chunks
from recommender.retrieval.knowledge import Knowledge
from recommender.retrieval.source import Source


class Watch(Protocol):
    """Takes notes of answers, where they are made, and keeps them."""

    def note(self, view: View, scored: Scored, top: Scored) -> Any:
        """Return notes of a chunk of answers, and change nothing.

        Args:
            view: the requests.
            scored: all that was scored.
            top: the lists that were served.
        """
        ...

    def keep(self, notes: Any) -> None:
        """Keep the notes of a chunk; called in the order of the chunks."""
        ...


class Policy(Protocol):
    """Scores items that a user does not have, at least the k best of each request."""

    def score(self, view: View, k: int) -> Scored:
        """Return at least the k best items of each request, or all that are left if fewer."""
        ...

    def without(self, excluded: NDArray[np.bool_]) -> Self:
        """Return the same policy, which never recommends these items."""
        ...


@dataclass(frozen=True)
class SourcePolicy:
    """Recommends the best items of one source.

    Attributes:
        source: the fitted source.
        catalogue: items that may be recommended, boolean (n_items,).
    """

    source: Source
    catalogue: NDArray[np.bool_]

    def score(self, view: View, k: int) -> Scored:
        """Return the k best items of each request."""
        found = self.source.propose(view, view.seen | ~self.catalogue, k)
        request, item = np.nonzero(found >= 0)[0], found[found >= 0]
        return Scored(request, item, self.source.score_of(view, request, item).astype(np.float64))

    def without(self, excluded: NDArray[np.bool_]) -> Self:
        """Return the same policy, which never recommends these items."""
        return replace(self, catalogue=self.catalogue & ~excluded)


@dataclass(frozen=True)
class TwoStagePolicy:
    """Ranks the candidates of several sources with trees.

    Attributes:
        knowledge: the fitted sources.
        items: what is known of the items.
        features: the groups of features that the ranker was trained on.
        ranker: the trees.
        excluded: items that may not be recommended, boolean (n_items,), or False for none.
        served_by: a source whose scores order the candidates instead of the trees; None for the trees.
    """

    knowledge: Knowledge
    items: ItemTable
    features: Features
    ranker: Ranker
    excluded: NDArray[np.bool_] | bool = False
    served_by: str | None = None

    def score(self, view: View, k: int) -> Scored:
        """Return the candidates that the cascade keeps for k places, with its scores; all with those of a source."""
        known = self.knowledge
        catalogue = known.catalogue(view) & ~np.asarray(self.excluded)
        candidates = find_candidates(view, known.sources, known.sizes, catalogue, stack=known.stack)
        if self.served_by is not None:
            scores = candidates.scores[self.served_by].astype(np.float64)
            return Scored(candidates.request, candidates.item, scores, candidates)
        _, matrix = assemble(Context(view, known, self.items, candidates), self.features)
        rows, scores = cascade(self.ranker, candidates.request, matrix, k)
        return Scored(candidates.request[rows], candidates.item[rows], scores, candidates)

    def without(self, excluded: NDArray[np.bool_]) -> Self:
        """Return the same policy, which never recommends these items."""
        return replace(self, excluded=self.excluded | excluded)


def choose(policy: Policy, view: View, k: int, reranker: Reranker | None = None) -> tuple[Scored, Scored, Ints]:
    """Make the list of each request.

    Args:
        policy: any policy.
        view: the requests.
        k: most items per request.
        reranker: what happens after ranking; None for nothing.

    Returns:
        All that was scored, the lists in their final order, and the ranks in them from 1.
    """
    if reranker is None:
        scored = policy.score(view, k)
        return scored, *best(scored, k)
    pool = max(k, POOL)
    scored = policy.without(reranker.excluded).score(view, pool)
    return scored, *reranker.choose(reranker.unmet(best(scored, pool)[0], view.seen), k)


def recommend_all(
    policy: Policy,
    histories: Histories,
    requests: Requests,
    k: int,
    engine: Engine = ONE_THREAD,
    watch: Watch | None = None,
    reranker: Reranker | None = None,
) -> pd.DataFrame:
    """Answer many requests, in chunks of bounded memory.

    Args:
        policy: any policy.
        histories: all events; a request sees only those before it.
        requests: n requests.
        k: items per request; fewer where the catalogue has no more.
        engine: where chunks are worked on; every engine gives the same lists.
        watch: takes notes of each chunk.
        reranker: what happens after ranking; None for nothing.

    Returns:
        `user_id, rank, item_id, score`, in the order of the requests and ranks.
    """

    def answer(rows: Ints) -> tuple[tuple[Ints, Ints, Ints, NDArray[np.float64]], Any]:
        """Return row of the request, rank, item and score; and notes."""
        view = View(histories, requests[rows])
        scored, top, rank = choose(policy, view, k, reranker)
        notes = None if watch is None else watch.note(view, scored, top)
        return (rows[top.request], rank, top.item, top.score), notes

    answers = []
    for answered, notes in engine.map(answer, chunks(requests, histories.n_items)):
        answers.append(answered)
        if watch is not None:
            watch.keep(notes)
    row, rank, item, score = (np.concatenate(parts) for parts in zip(*answers, strict=True))
    order = np.argsort(row, kind="stable")
    return pd.DataFrame(
        {
            USER: histories.users[requests.user[row[order]]],
            RANK: rank[order].astype(np.int32),
            ITEM: histories.items[item[order]],
            SCORE: np.round(score[order], 6),
        }
    )
