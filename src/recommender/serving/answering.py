"""Answers waiting requests from one release: those that want the same together, those with filters alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recommender.bundle.arguments import as_in_log
from recommender.bundle.fold_in import Event, Query
from recommender.bundle.live import Answer, Bundle
from recommender.errors import RecommenderError
from recommender.files import DECIMALS
from recommender.log.histories import Ints
from recommender.log.views import View
from recommender.request_log.description import Explained
from recommender.serving.fields import iso
from recommender.serving.schemas import Ask, History, Met, Recommended
from recommender.serving.swap import Release


@dataclass(frozen=True)
class Group:
    """Requests that were answered together.

    Attributes:
        bundle: that answered.
        answer: to all of them.
        queries: what was asked.
    """

    bundle: Bundle
    answer: Answer
    queries: list[Query]

    @cached_property
    def described(self) -> list[Explained]:
        """What the request log keeps of each."""
        return self.bundle.describe(self.answer, self.queries)


@dataclass(frozen=True)
class Served:
    """The answer to one request.

    Attributes:
        group: with which it was answered.
        row: of the request in the group.
        items: best first.
        known: whether the user has events.
    """

    group: Group
    row: int
    items: list[Recommended]
    known: bool

    @property
    def policy(self) -> str:
        """Who answered."""
        return self.group.answer.policy

    @property
    def query(self) -> Query:
        """What was asked of the bundle."""
        return self.group.queries[self.row]


def answer_all(release: Release, asks: Sequence[Ask]) -> list[Served | RecommenderError]:
    """Answer requests; each gets what it would get alone, or its error.

    Args:
        release: all answers come from it.
        asks: at least one request.
    """
    found: list[Served | RecommenderError | None] = [None] * len(asks)
    for rows in _groups(release, asks):
        try:
            served: Sequence[Served | RecommenderError] = list(_answer(release, [asks[row] for row in rows]))
        except RecommenderError as error:
            served = [error] * len(rows)
        for row, one in zip(rows, served, strict=True):
            found[row] = one
    return [one for one in found if one is not None]


def query_of(release: Release, ask: Ask) -> Query:
    """Return what a request asks of the bundle: with all events of the journal and of its own.

    Without `now` the moment is the newest one that is known of the user, as in `recommend()`.
    """
    bundle, journal = release.bundle, release.journal
    user = None if ask.user is None else as_in_log(ask.user, bundle.user_codes)
    kept = [] if user is None else journal.events(user)
    own = [event.time for event in ask.events if event.time is not None]
    now = ask.now
    if now is None:
        now = max([bundle.known_until, *(event.time for event in kept), *own])
    rest = [
        Event(
            as_in_log(event.item, bundle.item_codes),
            now if event.time is None else event.time,
            float("nan") if event.value is None else event.value,
        )
        for event in ask.events
    ]
    unknown = user is None or journal.is_erased(user)
    return Query(nobody(bundle) if unknown else user, [*kept, *rest], now, ask.context)  # type: ignore[arg-type]


def history_of(release: Release, user: int | str, k: int) -> History:
    """Return the latest items that a user has, as a request without `now` would see them."""
    bundle = release.bundle
    known = bundle.view("popularity", [query_of(release, Ask.model_construct(user=user))]).histories
    item = known.item[::-1][:k].astype(np.int64)
    columns = (
        known.items[item].tolist(),
        bundle.titles_of(item),
        _genres(release, item),
        known.time[::-1][:k].tolist(),
    )
    rows = zip(*columns, strict=True)
    met = [Met(item_id=one, title=title, genres=genres, time=iso(time)) for one, title, genres, time in rows]
    return History(events=len(known.item), items=met)


def nobody(bundle: Bundle) -> str:
    """Return an id that no user has."""
    name = "anonymous"
    while name in bundle.user_codes:
        name += "_"
    return name


def _groups(release: Release, asks: Sequence[Ask]) -> list[list[int]]:
    """Return the rows of the requests that are answered together."""
    groups: dict[object, list[int]] = {}
    for row, ask in enumerate(asks):
        alone = ask.explain or _is_filtered(ask) or bool(_skipped(release, ask))
        groups.setdefault(row if alone else (ask.wanted, ask.k, ask.offset), []).append(row)
    return list(groups.values())


def _is_filtered(ask: Ask) -> bool:
    return bool(ask.exclude or ask.genres or ask.genres_out) or ask.candidates is not None


def _skipped(release: Release, ask: Ask) -> set[int | str]:
    if ask.user is None:
        return set()
    return release.journal.skipped(as_in_log(ask.user, release.bundle.user_codes))


def _excluded(release: Release, ask: Ask) -> NDArray[np.bool_] | None:
    """Return which items one request may not get; None if it may get all."""
    bundle, skipped = release.bundle, _skipped(release, ask)
    if not (skipped or _is_filtered(ask)):
        return None
    unwanted = [as_in_log(item, bundle.item_codes) for item in (*ask.exclude, *skipped)]
    wanted = None if ask.candidates is None else [as_in_log(item, bundle.item_codes) for item in ask.candidates]
    excluded = bundle.excluded_items(unwanted, ask.genres, wanted)
    return excluded | ~bundle.excluded_items(genres=ask.genres_out) if ask.genres_out else excluded


def _answer(release: Release, asks: Sequence[Ask]) -> Iterator[Served]:
    """Answer requests of one policy, length and offset; if there are several, none has filters or wants reasons."""
    bundle, first = release.bundle, asks[0]
    excluded, queries = _excluded(release, first), [query_of(release, ask) for ask in asks]
    view = bundle.view(first.wanted, queries)
    known, found = view.requests.position > 0, {}
    for name, rows in ((first.wanted, known), ("popularity", ~known)):
        if rows.any():
            part = View(view.histories, view.requests[rows])
            answer = _cut(bundle.answer(name, part, first.k + first.offset, excluded), first.offset)
            places = np.flatnonzero(rows).tolist()
            group = Group(bundle, answer, [queries[place] for place in places])
            for row, (place, items) in enumerate(zip(places, _lists(release, answer, first), strict=True)):
                found[place] = Served(group, row, items, bool(known[place]))
    return (found[row] for row in range(len(asks)))


def _cut(answer: Answer, offset: int) -> Answer:
    """Leave out the first items of each list."""
    if not offset:
        return answer
    kept = np.flatnonzero(answer.rank > offset)
    return replace(answer, top=answer.top[kept], rank=answer.rank[kept])


def _genres(release: Release, codes: Ints) -> list[list[str]]:
    genres = release.shelves.genres
    return [genres[code] for code in codes.tolist()]


def _lists(release: Release, answer: Answer, ask: Ask) -> list[list[Recommended]]:
    """Return the items of each request."""
    bundle, top = release.bundle, answer.top
    why = bundle.explain(answer) if ask.explain else [None] * len(top.item)
    columns = (
        answer.rank.tolist(),
        bundle.histories.items[top.item].tolist(),
        bundle.titles_of(top.item),
        _genres(release, top.item),
        np.round(top.score.astype(np.float64), DECIMALS).tolist(),
        _sources(bundle, answer),
        why,
    )
    rows = [
        Recommended.model_construct(
            rank=rank, item_id=item, title=title, genres=genres, score=score, sources=sources, why=reason
        )
        for rank, item, title, genres, score, sources, reason in zip(*columns, strict=True)
    ]
    bounds = np.searchsorted(top.request, np.arange(len(answer.view.requests) + 1)).tolist()
    return [rows[start:end] for start, end in pairwise(bounds)]


def _sources(bundle: Bundle, answer: Answer) -> list[list[str]]:
    """Return the names of the sources that proposed each item."""
    top, candidates = answer.top, answer.scored.candidates
    if candidates is None:
        return [[answer.policy]] * len(top.item)
    size = bundle.histories.n_items
    at = np.searchsorted(candidates.request * size + candidates.item, top.request * size + top.item)
    names = sorted(candidates.given)
    given = np.array([candidates.given[name][at] for name in names]).T.tolist()
    return [[name for name, has in zip(names, row, strict=True) if has] for row in given]
