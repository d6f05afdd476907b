"""The ranking dataset: candidates that retrieval proposed for past requests, with features and a label."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import CANDIDATE, ITEM, LABEL, REQUEST, TIME, USER
from recommender.engine.local import ONE_THREAD, Engine
from recommender.features.assemble import assemble
from recommender.features.context import Context, ItemTable
from recommender.features.settings import Features
from recommender.log.histories import Floats, Histories, Ints
from recommender.log.views import Requests, View
from recommender.retrieval.candidates import CandidateSet, find_candidates
from recommender.retrieval.chunks import chunks
from recommender.retrieval.knowledge import Knowledge
from recommender.retrieval.top import rank_in_row
from recommender.seeds import mix, uniform

PER_ROW = ("request", "user", "item", "time", "label", "features")
LIKED = 4.0
"""A rating from here on counts as liked, as in the classic classifier on MovieLens."""


@dataclass(frozen=True)
class Targets:
    """What the users of some requests did next.

    Attributes:
        request: int64 row of the request, ascending, (n,).
        item: int64 item codes, (n,).
        liked: whether the rating is high enough to count as liked, boolean (n,).
    """

    request: Ints
    item: Ints
    liked: NDArray[np.bool_]

    def of(self, rows: Ints) -> "Targets":
        """Keep the targets of some requests, renumbered from 0.

        Args:
            rows: of the requests, ascending.
        """
        kept = np.isin(self.request, rows)
        return Targets(np.searchsorted(rows, self.request[kept]), self.item[kept], self.liked[kept])


@dataclass(frozen=True)
class RankingRows:
    """Candidates with features and labels.

    Attributes:
        request: int64 group of each row, ascending, (n,).
        user: int64 user codes, (n,).
        item: int64 item codes, (n,).
        time: int64 microseconds, the moment of each row's request, (n,).
        label: 1 for what the user did (or liked), else 0, int8 (n,).
        names: of the features.
        features: float32 (n, n_features).
        found: targets that were among the candidates, for each source and in all (`union`).
        n_requests: requests in all.
        n_targets: targets in all.
    """

    request: Ints
    user: Ints
    item: Ints
    time: Ints
    label: NDArray[np.int8]
    names: list[str]
    features: Floats
    found: dict[str, int]
    n_requests: int
    n_targets: int

    def __getitem__(self, rows: Ints) -> "RankingRows":
        columns = {name: getattr(self, name)[rows] for name in PER_ROW}
        return replace(self, **columns)


def following(histories: Histories, requests: Requests, answers: Ints) -> Targets:
    """Return the events that came right after each request.

    Args:
        histories: all events.
        requests: n requests.
        answers: how many events of each, int64 (n,).
    """
    request = np.repeat(np.arange(len(requests)), answers)
    offset = np.arange(len(request)) - np.repeat(np.cumsum(answers) - answers, answers)
    event = (histories.indptr[requests.user] + requests.position)[request] + offset
    return Targets(request, histories.item[event].astype(np.int64), histories.rating[event] >= LIKED)


def next_events(histories: Histories, requests: Requests) -> Targets:
    """Return the one event that came right after each request."""
    return following(histories, requests, np.ones(len(requests), dtype=np.int64))


def build_rows(
    histories: Histories,
    requests: Requests,
    targets: Targets,
    knowledge: Knowledge,
    items: ItemTable,
    features: Features,
    label: Literal["next_event", "liked"] = "next_event",
    negatives: int | None = None,
    seed: int = 0,
    engine: Engine = ONE_THREAD,
) -> RankingRows:
    """Find the candidates of each request, label them and compute their features, in chunks of bounded memory.

    Args:
        histories: all events; a request sees only those before it.
        requests: n requests.
        targets: what came next.
        knowledge: fitted without the targets.
        items: what is known of the items.
        features: which groups to compute.
        label: `next_event`: 1 for the target among the candidates; `liked`: only the targets, 1 if liked.
        negatives: candidates kept per positive beside the positives, drawn with the seed; None keeps all.
        seed: of the draw; the draw of a candidate depends on its user, position and item alone.
        engine: where chunks are worked on; every engine gives the same rows.

    Returns:
        The rows; training requests (`negatives` given) without a positive are left out, as they have no right order.
    """

    def work(rows: Ints) -> RankingRows:
        """Build the rows of some requests."""
        view, wanted = View(histories, requests[rows]), targets.of(rows)
        candidates, labels, found = _labelled(view, wanted, knowledge, label)
        kept = np.ones(len(labels), dtype=bool)
        if negatives is not None and label == "next_event":
            kept = sample(view, candidates, labels > 0, negatives, seed)
        chosen = candidates[kept]
        names, matrix = assemble(Context(view, knowledge, items, chosen), features)
        asked = view.requests[chosen.request]
        columns = (rows[chosen.request], asked.user, chosen.item, asked.time, labels[kept])
        return RankingRows(*columns, names, matrix, found, len(rows), len(wanted.item))

    found = _joined([*engine.map(work, chunks(requests, histories.n_items))])
    found = found[np.argsort(found.request, kind="stable")]
    return replace(found, request=found.user) if label == "liked" else found


def stack(parts: Sequence[RankingRows]) -> RankingRows:
    """Concatenate the rows of several sets of requests, whose numbers continue."""
    firsts = np.cumsum([0, *(part.request.max(initial=-1) + 1 for part in parts[:-1])])
    return _joined([replace(part, request=part.request + first) for part, first in zip(parts, firsts, strict=True)])


def _joined(parts: Sequence[RankingRows]) -> RankingRows:
    found = Counter[str]()
    for part in parts:
        found.update(part.found)
    return RankingRows(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in PER_ROW},
        names=parts[0].names,
        found=dict(found),
        n_requests=sum(part.n_requests for part in parts),
        n_targets=sum(part.n_targets for part in parts),
    )


def _labelled(
    view: View, targets: Targets, knowledge: Knowledge, label: Literal["next_event", "liked"]
) -> tuple[CandidateSet, NDArray[np.int8], dict[str, int]]:
    """Return candidates, their labels, and how many targets each source proposed."""
    wanted = np.zeros(view.seen.shape, dtype=bool)
    wanted[targets.request, targets.item] = True
    extra = wanted if label == "liked" else None
    candidates = find_candidates(
        view, knowledge.sources, knowledge.sizes, knowledge.catalogue(view), extra, knowledge.stack
    )
    is_target = wanted[candidates.request, candidates.item]
    hits = {name: int((is_target & given).sum()) for name, given in candidates.given.items()}
    hits["union"] = int((is_target & np.logical_or.reduce(list(candidates.given.values()))).sum())
    if label == "next_event":
        return candidates, is_target.astype(np.int8), hits
    liked = np.zeros(view.seen.shape, dtype=bool)
    liked[targets.request, targets.item] = targets.liked
    rated = candidates[is_target]
    return rated, liked[rated.request, rated.item].astype(np.int8), hits


def sample(
    view: View, candidates: CandidateSet, positive: NDArray[np.bool_], negatives: int, seed: int
) -> NDArray[np.bool_]:
    """Choose the training rows: every positive and some others of each request that has a positive.

    Args:
        view: the requests.
        candidates: their candidates, (n,).
        positive: which of them are positives, (n,).
        negatives: others kept per positive.
        seed: of the draw.

    Returns:
        Boolean (n,).
    """
    request, requests = candidates.request, view.requests
    asked = mix(mix(requests.user.astype(np.uint64), seed) + requests.position.astype(np.uint64), seed)
    draw = uniform(mix(asked[request] + candidates.item.astype(np.uint64), seed)) - 2 * positive
    positives = np.bincount(request, weights=positive, minlength=len(requests)).astype(np.int64)
    kept: NDArray[np.bool_] = rank_in_row(request, -draw) < (positives * (1 + negatives))[request]
    return kept & (positives[request] > 0)


def to_frame(rows: RankingRows, histories: Histories) -> pd.DataFrame:
    """Return the rows as a table with original ids: `request, user_id, item_id, timestamp, label` and the features."""
    ids = {
        REQUEST: rows.request,
        USER: histories.users[rows.user],
        ITEM: histories.items[rows.item],
        TIME: pd.to_datetime(rows.time, unit="us", utc=True),
        LABEL: rows.label,
    }
    features = pd.DataFrame(rows.features, columns=rows.names, copy=False)
    return pd.concat([pd.DataFrame({name: ids[name] for name in CANDIDATE}), features], axis=1)


def describe(rows: RankingRows) -> dict[str, object]:
    """Count the rows, and how often each source proposed what the user did next."""
    recall = {f"recall_{name}": found / max(rows.n_targets, 1) for name, found in rows.found.items()}
    counts = {"requests": rows.n_requests, "rows": len(rows.label), "positives": int(rows.label.sum())}
    return counts | {"candidate": recall}
