"""recommend(user_id, model="two_stage", k=10): answers for one user, in milliseconds once loaded."""

import threading
import time
import uuid
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.bundle.arguments import as_in_log, context_of, events_of, folder_of, list_of, moment_of, require
from recommender.bundle.fold_in import Query
from recommender.bundle.live import FOLDER, Answer, Bundle
from recommender.bundle.manifest import MANIFEST
from recommender.columns import ITEM, POLICY, RANK, SCORE, TITLE, WHY
from recommender.errors import DataError
from recommender.request_log.call import live_line
from recommender.request_log.lines import encode
from recommender.request_log.writer import RequestLog


class UnknownUserWarning(UserWarning):
    """A user without events got the most popular items."""


class OldBundleWarning(UserWarning):
    """The newest bundle cannot be used; the one that was loaded before stays in use."""


def recommend(
    user_id: int | str,
    model: str = "two_stage",
    k: int = 10,
    root: str | Path = ".",
    log: str | Path | None = None,
    explain: bool = False,
    *,
    now: Any = None,
    events: Iterable[Mapping[str, Any]] | pd.DataFrame = (),
    exclude: Sequence[int | str] = (),
    genres: Sequence[str] = (),
    candidates: Sequence[int | str] | None = None,
    context: Mapping[str, str | float] | None = None,
) -> pd.DataFrame:
    """Recommend items that a user does not have yet, from the bundle that the stage `publish` wrote.

    Args:
        user_id: an id; a user without events gets the most popular items and an `UnknownUserWarning`.
        model: `random`, `popularity`, `svd` or `two_stage`.
        k: how many items, at least 1; fewer come back where there are no more.
        root: the project's folder.
        log: the folder of a request log that the call is added to; None logs nothing.
        explain: whether to add reasons, which takes longer.
        now: the moment, a datetime or text (UTC without a zone); None for the end of what is known.
        events: newer ones of this user: rows with `item_id`, `timestamp` and maybe `rating`.
        exclude: ids of items to exclude.
        genres: only items that have one of these genres; empty for all.
        candidates: only these items are ranked; None for all.
        context: texts or numbers that are known of the request, by name; see `features.request_columns`.

    Returns:
        `rank` (from 1), `item_id`, `title`, `score` (comparable within one list only), `policy` and maybe `why`.

    Raises:
        ParameterError: an argument is invalid.
        DataError: no bundle has been published in this folder, it is damaged, or the log cannot be written.
    """
    require(user_id, model, k)
    requests = None if log is None else RequestLog(folder_of(log, "log"))
    started, bundle = time.perf_counter(), _loaded(folder_of(root, "root").absolute())
    query = _query(bundle, user_id, events, now, context_of(context or {}))
    excluded = _excluded(bundle, exclude, genres, candidates)
    view = bundle.view(model, [query])
    if not (known := bool(view.requests.position[0])):
        warnings.warn(_unknown(bundle, query), UnknownUserWarning, stacklevel=2)
    answer = bundle.answer(model if known else "popularity", view, int(k), excluded)
    if requests is not None:
        requests.append(_line(bundle, answer, query, known, model, int(k), time.perf_counter() - started))
    return _frame(bundle, answer, explain)


def _excluded(bundle: Bundle, exclude: Any, genres: Any, candidates: Any) -> NDArray[np.bool_]:
    only = None if candidates is None else list_of(candidates, "candidates")
    return bundle.excluded_items(list_of(exclude, "exclude"), list_of(genres, "genres"), only)


def _query(
    bundle: Bundle,
    user_id: int | str,
    events: Iterable[Mapping[str, Any]] | pd.DataFrame,
    now: Any,
    context: dict[str, str],
) -> Query:
    fresh = events_of(events, bundle.item_codes)
    latest = max((event.time for event in fresh), default=bundle.known_until)
    moment = max(latest, bundle.known_until) if now is None else moment_of(now, "now")
    return Query(as_in_log(user_id, bundle.user_codes), fresh, moment, context)


def _unknown(bundle: Bundle, query: Query) -> str:
    """Warn that a user is unknown, and say what ids look like if this one is of another kind."""
    example, hint = next(iter(bundle.user_codes)), ""
    if not isinstance(query.user, type(example)):
        hint = f" (ids in this log are {'text' if isinstance(example, str) else 'integers'} such as {example!r})"
    return f"user {query.user!r} has no events{hint}: the most popular items are recommended"


def _frame(bundle: Bundle, answer: Answer, explain: bool) -> pd.DataFrame:
    codes = answer.top.item
    columns = {
        RANK: answer.rank,
        ITEM: bundle.histories.items[codes],
        TITLE: bundle.titles_of(codes),
        SCORE: np.round(answer.top.score, 6),
        POLICY: answer.policy,
    }
    return pd.DataFrame(columns | ({WHY: bundle.explain(answer)} if explain else {}))


def _line(bundle: Bundle, answer: Answer, query: Query, known: bool, model: str, k: int, seconds: float) -> bytes:
    line = live_line(
        bundle.describe(answer, [query])[0],
        request_id=uuid.uuid4().hex,
        asked=query.now if known else None,
        user=query.user,
        model=model,
        policy=answer.policy,
        revision=bundle.manifest.revision,
        k=k,
        seconds=seconds,
        context=query.context,
    )
    return encode(line)


_bundles: dict[Path, tuple[int, Bundle]] = {}
_loading = threading.Lock()


def _loaded(root: Path) -> Bundle:
    """Return the newest bundle of a project, or the one loaded before where the newest is incomplete."""
    folder = root / FOLDER
    with _loading:
        written, old = _written(folder), _bundles.get(root)
        if old is not None and written in (0, old[0]):
            return old[1]
        try:
            bundle = Bundle(folder)
            bundle.load()
        except DataError as error:
            if old is None:
                raise
            warnings.warn(f"{error}; the bundle loaded before stays in use", OldBundleWarning, stacklevel=4)
            return old[1]
        _bundles[root] = written, bundle
        return bundle


def _written(folder: Path) -> int:
    """Return when a bundle was written, in nanoseconds; 0 while there is none, as when a run replaces it."""
    try:
        return (folder / MANIFEST).stat().st_mtime_ns
    except OSError:
        return 0
