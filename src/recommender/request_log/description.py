"""Describes answered requests: what was served, and from which candidates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.files import DECIMALS
from recommender.log.histories import Ints
from recommender.log.views import View
from recommender.ranking.scored import Scored
from recommender.request_log.lines import Offer
from recommender.retrieval.candidates import CandidateSet

LATEST = 10
MICROSECONDS_PER_HOUR = 3.6e9


@dataclass(frozen=True)
class Explained:
    """The part of a line that is computed from the answer.

    Attributes:
        features: what is compared over time; see `measure`.
        ranking: what was served.
        candidates: what each source proposed.
    """

    features: dict[str, float]
    ranking: Offer
    candidates: dict[str, Offer]


def explain(
    view: View, asked: Ints, scored: Scored, top: Scored, source: str, counts: Ints | None = None
) -> list[Explained]:
    """Describe the answer to each request.

    Args:
        view: n requests.
        asked: time of each request, int64 microseconds (n,).
        scored: what the policy scored.
        top: what was served, in the order of the requests and ranks.
        source: the policy's name; the name of its source where it has only one.
        counts: events per item where the histories of the view are not all events, int64 (n_items,).
    """
    n, items = len(view.requests), view.histories.items
    rankings = _offers(n, items, top.request, top.item, top.score)
    candidates = {source: rankings} if scored.candidates is None else _by_source(n, items, scored.candidates)
    offered = [{name: offers[row] for name, offers in candidates.items() if offers[row].items} for row in range(n)]
    lengths = _lengths(n, top if scored.candidates is None else scored.candidates)
    features = measure(view, asked, top, lengths, view.histories.counts if counts is None else counts)
    return [
        Explained(row, ranking, mine) for row, ranking, mine in zip(_rows(features, n), rankings, offered, strict=True)
    ]


def measure(view: View, asked: Ints, top: Scored, candidates: Ints, counts: Ints) -> dict[str, NDArray[np.float64]]:
    """Compute the features that are compared over time.

    Args:
        view: n requests.
        asked: time of each request, int64 microseconds (n,).
        top: what was served.
        candidates: int64 (n,), how many candidates each request had.
        counts: events per item, int64 (n_items,).

    Returns:
        float64 (n,) each, NaN where unknown: `history_events` (number), `pause_hours` (since the last event),
        `history_popularity` and `history_rating` (log of 1 + events of the item, and rating; means of the user's last
        ten events), `served_popularity` (log of 1 + events, mean of the served items), `candidates` (number).
    """
    recent = view.recent
    popularity = np.log1p(counts)
    known = recent.item[:, :LATEST] >= 0
    last = view.histories.indptr[view.requests.user] + view.requests.position - 1
    met = view.requests.position > 0
    hours = np.full(len(met), np.nan)
    hours[met] = (asked[met] - view.histories.time[last[met]]) / MICROSECONDS_PER_HOUR
    served = np.bincount(top.request, popularity[top.item], len(view.requests))
    return {
        "history_events": view.requests.position.astype(np.float64),
        "pause_hours": hours,
        "history_popularity": _mean(popularity[recent.item[:, :LATEST]], known),
        "history_rating": _mean(recent.rating[:, :LATEST], known),
        "served_popularity": _divide(served, _lengths(len(view.requests), top)),
        "candidates": candidates.astype(np.float64),
    }


def some(view: View, scored: Scored, top: Scored, rows: NDArray[np.bool_]) -> tuple[View, Scored, Scored]:
    """Keep some requests of a chunk of answers.

    Args:
        view: n requests.
        scored: what the policy scored.
        top: what was served.
        rows: the requests to keep, boolean (n,).
    """
    number = np.cumsum(rows) - 1

    def kept(entries: Scored) -> Scored:
        """Keep the entries of the chosen requests, renumbered from 0."""
        at = rows[entries.request]
        return Scored(number[entries.request[at]], entries.item[at], entries.score[at])

    candidates = scored.candidates
    if candidates is not None:
        candidates = candidates[rows[candidates.request]]
        candidates = replace(candidates, request=number[candidates.request])
    chosen = View(view.histories, view.requests[rows])
    return chosen, replace(kept(scored), candidates=candidates), kept(top)


def _offers(n: int, ids: NDArray[Any], request: Ints, item: Ints, score: NDArray[np.floating[Any]]) -> list[Offer]:
    """Put entries, sorted by request, into one offer per request."""
    bounds = np.searchsorted(request, np.arange(n + 1)).tolist()
    items, scores = ids[item].tolist(), np.round(score.astype(np.float64), DECIMALS).tolist()
    return [Offer.model_construct(items=items[start:end], scores=scores[start:end]) for start, end in pairwise(bounds)]


def _by_source(n: int, ids: NDArray[Any], candidates: CandidateSet) -> dict[str, list[Offer]]:
    found = {}
    for name, given in candidates.given.items():
        at = np.flatnonzero(given)
        at = at[np.lexsort((candidates.item[at], -candidates.scores[name][at], candidates.request[at]))]
        found[name] = _offers(n, ids, candidates.request[at], candidates.item[at], candidates.scores[name][at])
    return found


def _lengths(n: int, entries: Scored | CandidateSet) -> Ints:
    return np.bincount(entries.request, minlength=n)


def _mean(values: NDArray[np.floating[Any]], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    return _divide(np.where(known, values, 0).sum(axis=1, dtype=np.float64), known.sum(axis=1))


def _divide(total: NDArray[Any], count: Ints) -> NDArray[np.float64]:
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _rows(features: Mapping[str, NDArray[np.float64]], n: int) -> list[dict[str, float]]:
    """Turn columns into one mapping per request, unknown values left out."""
    columns = {name: np.round(values, DECIMALS).tolist() for name, values in features.items()}
    return [{name: values[row] for name, values in columns.items() if values[row] == values[row]} for row in range(n)]
