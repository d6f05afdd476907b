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
from recommender.retrieval.top import Scores, chunk_size, rank_in_row, top_items
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
        stack: the tables of the sources; with it, one call looks them all up.

    Returns:
        The union, with every source's score of every candidate.
    """
    n_items, first = view.histories.n_items, view.histories.n_items * np.arange(len(view.requests))[:, None]
    sums = _sums(view, sources, stack) if stack is not None else {}
    proposed = _proposed(view, sources, sizes, view.seen | ~catalogue, sums)
    keys = [(first + items)[items >= 0] for items in proposed.values()]
    union = np.unique(np.concatenate(keys if extra is None else [*keys, np.flatnonzero(extra)]))
    request, item = np.divmod(union, n_items)
    given = np.zeros((len(keys), len(union)), dtype=bool)
    for row, own in zip(given, keys, strict=True):
        row[np.searchsorted(union, own)] = True
    scores = _scores_of(view, sources, request, item, sums)
    # Of all sources at once: so many small arrays cost a single request more than their contents.
    each = [dict(zip(sources, rows, strict=True)) for rows in (scores, rank_in_row(request, scores), given)]
    return CandidateSet(request, item, *each)


def _sums(view: View, sources: Mapping[str, Source], stack: Stack) -> dict[str, Scores]:
    """Return the scores of all items by the sources that look them up in tables."""
    lookups = {name: source.lookup(view) for name, source in sources.items() if isinstance(source, TableSource)}
    return dict(zip(lookups, stack.sums(view, [*lookups.values()]), strict=True))


def _proposed(
    view: View,
    sources: Mapping[str, Source],
    sizes: Mapping[str, int],
    blocked: NDArray[np.bool_],
    sums: Mapping[str, Scores],
) -> dict[str, Ints]:
    """Return the best items of each source, (n_requests, size) each, -1 where there are fewer."""
    with one_blas_thread():
        return {
            name: top_items(sums[name], blocked, sizes[name])
            if name in sums
            else source.propose(view, blocked, sizes[name])
            for name, source in sources.items()
        }


def _scores_of(
    view: View, sources: Mapping[str, Source], request: Ints, item: Ints, sums: Mapping[str, Scores]
) -> Floats:
    """Return the scores of some items by each source, float32 (n_sources, n)."""
    return np.stack(
        [
            sums[name][request, item] if name in sums else source.score_of(view, request, item)
            for name, source in sources.items()
        ]
    )


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
    found, step = dict.fromkeys(sizes, 0), chunk_size(histories.n_items)
    for start in range(0, len(requests), step):
        view, wanted = View(histories, requests[start : start + step]), targets[start : start + step, None]
        blocked = view.seen | ~catalogue
        for size in sizes:
            found[size] += int((source.propose(view, blocked, size) == wanted).sum())
    return {size: count / max(len(requests), 1) for size, count in found.items()}
