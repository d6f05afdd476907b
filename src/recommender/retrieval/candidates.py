"""Merges the best items of several sources into the candidates of each request, without those that the user has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Floats, Histories, Ints
from recommender.log.views import Requests, View
from recommender.retrieval.item_to_item import TableSource
from recommender.retrieval.lookups import Stack
from recommender.retrieval.source import Source
from recommender.retrieval.top import Scores, chunk_size, rank_in_row, top_mask, top_masks
from recommender.threads import one_blas_thread


@dataclass(frozen=True)
class CandidateSet:
    """The candidates of some requests, sorted by request and item.

    Attributes:
        request: int64 row of the request in its view, ascending, (n,).
        item: int64 item codes, ascending within a request, (n,).
        scores: each source's score of each candidate, also of those that it did not propose, float32 (n,).
        ranks: each source's rank of each candidate among the candidates of the request, 0 for the best, int64 (n,).
        given: which candidates each source proposed, boolean (n,).
    """

    request: Ints
    item: Ints
    scores: dict[str, Floats]
    ranks: dict[str, Ints]
    given: dict[str, NDArray[np.bool_]]

    def __getitem__(self, rows: NDArray[np.bool_]) -> "CandidateSet":
        scores = {name: values[rows] for name, values in self.scores.items()}
        ranks = {name: values[rows] for name, values in self.ranks.items()}
        given = {name: values[rows] for name, values in self.given.items()}
        return CandidateSet(self.request[rows], self.item[rows], scores, ranks, given)


def find_candidates(
    view: View,
    sources: Mapping[str, Source],
    sizes: Mapping[str, int],
    catalogue: NDArray[np.bool_],
    extra: NDArray[np.bool_] | None = None,
    stack: Stack | None = None,
) -> CandidateSet:
    """Merge the best items of each source.

    Args:
        view: the requests.
        sources: the fitted sources.
        sizes: items per request of each source.
        catalogue: items that may be recommended, boolean (n_items,) or, if they differ by request, (n, n_items).
        extra: further items that must be among the candidates, boolean (n, n_items).
        stack: the tables of the sources; with it, one product serves them all.

    Returns:
        The union, with every source's score of every candidate.
    """
    with one_blas_thread():
        scores = np.stack(_scores(view, [*sources.values()], stack))
    allowed = scores.copy() if extra is not None else scores
    np.copyto(allowed, -np.inf, where=view.seen | ~catalogue)
    chosen = top_masks(allowed, [sizes[name] for name in sources])
    union = np.logical_or.reduce(chosen, axis=0)
    request, item = np.nonzero(union if extra is None else union | extra)
    # Of all sources at once: so many small arrays cost a single request more than their contents.
    picked = scores[:, request, item]
    ranks, given = rank_in_row(request, picked), chosen[:, request, item]
    each = [dict(zip(sources, rows, strict=True)) for rows in (picked, ranks, given)]
    return CandidateSet(request, item, *each)


def _scores(view: View, sources: Sequence[Source], stack: Stack | None) -> list[Scores]:
    """Return the scores of each source, float32 (n_requests, n_items)."""
    if stack is None:
        return [source.score(view) for source in sources]
    sums = iter(stack.sums(view, [source.lookup(view) for source in sources if isinstance(source, TableSource)]))
    return [next(sums) if isinstance(source, TableSource) else source.score(view) for source in sources]


def best_allowed(scores: Scores, blocked: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Mark the `size` best items of each row that are not blocked; see `top_mask`."""
    return top_mask(np.where(blocked, -np.inf, scores), size)


def recall_at(
    source: Source,
    histories: Histories,
    requests: Requests,
    catalogue: NDArray[np.bool_],
    sizes: Sequence[int],
) -> dict[int, float]:
    """Return the share of requests whose next event is among a source's best items, for several list lengths.

    Args:
        source: fitted without the events that follow the requests.
        histories: all events.
        requests: each followed by an event.
        catalogue: items that may be recommended, boolean (n_items,).
        sizes: list lengths.
    """
    targets = histories.item[histories.indptr[requests.user] + requests.position]
    ranks, step = [], chunk_size(histories.n_items)
    for start in range(0, len(requests), step):
        view, wanted = View(histories, requests[start : start + step]), targets[start : start + step, None]
        scores = np.where(view.seen | ~catalogue, -np.inf, source.score(view))
        own = np.take_along_axis(scores, wanted, axis=1)
        ahead = (scores > own) | ((scores == own) & (np.arange(histories.n_items) < wanted))
        ranks.append(np.where(own[:, 0] > -np.inf, np.count_nonzero(ahead, axis=1), np.inf))
    found = np.concatenate([*ranks, np.empty(0)])
    return {size: float((found < size).sum()) / max(len(requests), 1) for size in sizes}
