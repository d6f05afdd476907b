"""recommend(user_id, model="two_stage", k=10): answers for one user, in milliseconds once loaded."""

import time
import warnings
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from recommender.bundle.artifacts import Artifacts, Opened, stamps
from recommender.bundle.settings import RerankParams, SplitParams
from recommender.columns import ITEM, POLICIES, POLICY, RANK, SCORE, TITLE, WHY
from recommender.errors import ParameterError
from recommender.explain.reasons import Names, reasons
from recommender.log.histories import Ints, codes_of
from recommender.log.views import Requests, View
from recommender.params import PARAMS_FILE, load
from recommender.policies import choose
from recommender.request_log.lines import encode
from recommender.request_log.live import live_line
from recommender.request_log.writer import RequestLog


class UnknownUserWarning(UserWarning):
    """A user without events got the popularity answer."""


class Recommender:
    """Answers requests from the results of one run of the pipeline."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._artifacts = Artifacts(root)
        self._opened: dict[str, Opened] = {}

    def recommend(
        self,
        user_id: int | str,
        model: str = "two_stage",
        k: int = 10,
        log: RequestLog | None = None,
        explain: bool = False,
    ) -> pd.DataFrame:
        """Return the best items that the user does not have; see `recommend`."""
        started = time.perf_counter()
        _require(user_id, model, k)
        histories = self._artifacts.histories
        user = self._user_code(user_id)
        if user < 0:
            text = f"user {user_id!r} has no events{self._which_events(user_id)}: the popularity answer"
            warnings.warn(text, UnknownUserWarning, stacklevel=3)
            policy, request = "popularity", Requests(np.array([0]), np.array([0]), np.array([0]))
        else:
            policy, request = model, self._request(user, model)
        view, opened = View(histories, request), self._open(policy)
        scored, top, rank = choose(opened.policy, view, k, opened.reranker)
        ids, titles = histories.items[top.item], self._titles(top.item)
        answer = pd.DataFrame({RANK: rank, ITEM: ids, TITLE: titles, SCORE: top.score, POLICY: policy})
        if explain:
            answer[WHY] = reasons(opened.policy, view, scored.candidates, top.item, self._names)
        if log is not None:
            seconds, known = time.perf_counter() - started, user >= 0
            line = live_line(
                view,
                scored,
                top,
                asked=int(self._artifacts.asked[user]) if known else None,
                user=histories.users[[user]].tolist()[0] if known else str(user_id),
                model=model,
                policy=policy,
                revision=opened.revision,
                k=int(k),
                seconds=seconds,
            )
            log.append(encode(line))
        return answer

    def _which_events(self, user_id: int | str) -> str:
        """Say which events are known, and what ids look like if this one cannot be of that kind."""
        users = self._artifacts.histories.users
        by_time = load(SplitParams, self._root / PARAMS_FILE).split.method == "global_time"
        if users.dtype == object:
            hint = f" (ids in this log are text such as {users[0]!r})"
        else:
            hint = "" if str(user_id).isdecimal() else f" (ids in this log are integers such as {users[0]})"
        return (" before split.test_from" if by_time else "") + hint

    def _titles(self, codes: Ints) -> list[str]:
        ids = self._artifacts.histories.items[codes].tolist()
        return [self._artifacts.titles.get(item, str(item)) for item in ids]

    @cached_property
    def _names(self) -> Names:
        return Names(self._titles(np.arange(self._artifacts.histories.n_items)), self._artifacts.genres)

    def _open(self, model: str) -> Opened:
        if model not in self._opened:
            rules = load(RerankParams, self._root / PARAMS_FILE).rerank
            self._opened[model] = self._artifacts.open(model, rules)
        return self._opened[model]

    def _request(self, user: int, model: str) -> Requests:
        """Return the user's open request, or one right after the last event where there is none."""
        requests = self._open(model).requests
        row = np.flatnonzero(requests.user == user)
        if len(row):
            return requests[row]
        histories = self._artifacts.histories
        last = histories.indptr[[user + 1]] - 1
        return Requests(np.array([user]), histories.lengths[[user]], histories.time[last])

    def _user_code(self, user_id: int | str) -> int:
        """Find a user, -1 if unknown; the text "42" means user 42 where ids are integers, as on a command line."""
        users, text = self._artifacts.histories.users, str(user_id)
        if users.dtype == object:
            return int(codes_of(np.array([text], dtype=object), users)[0])
        try:
            number = np.array([int(text)], dtype=np.int64)
        except (ValueError, OverflowError):
            return -1
        return int(codes_of(number, users)[0]) if str(number[0]) == text.strip() else -1


@lru_cache(maxsize=2)
def _loaded(root: Path, _stamps: tuple[int, ...]) -> Recommender:
    return Recommender(root)


def recommend(
    user_id: int | str,
    model: str = "two_stage",
    k: int = 10,
    root: str | Path = ".",
    log: str | Path | None = None,
    explain: bool = False,
) -> pd.DataFrame:
    """Recommend items that a user does not have yet.

    The models of the last run of the pipeline are loaded at the first call and kept until a run replaces them.

    Args:
        user_id: an id of the log; one event is enough. A user without events gets the popularity answer and an
            `UnknownUserWarning`. Items without events are never recommended.
        model: `random`, `popularity`, `svd` or `two_stage`.
        k: how many items, at least 1; fewer come back where the catalogue has no more.
        root: the project's folder.
        log: a folder to whose request log the call is added, see `monitoring.request_log`; None logs nothing.
        explain: whether to add reasons, which takes longer.

    Returns:
        `rank` (from 1), `item_id`, `title`, `score` (comparable within one list only) and `policy` (which answered);
        with `explain` also `why`.

    Raises:
        ParameterError: a user_id that is not an id, an unknown model, a bad k, or a bad section `rerank` in
            params.yaml.
        DataError: the pipeline has not run in this folder, or the log cannot be written.
    """
    _require(user_id, model, k)
    folder = Path(root).resolve()
    requests = None if log is None else RequestLog(Path(log))
    return _loaded(folder, stamps(folder)).recommend(user_id, model, k, requests, explain)


def _require(user_id: int | str, model: str, k: int) -> None:
    if isinstance(user_id, bool) or not isinstance(user_id, (int, np.integer, str)):
        raise ParameterError(f"user_id: found {user_id!r}, expected an integer or text, as in the log")
    if isinstance(user_id, str) and any("\ud800" <= character <= "\udfff" for character in user_id):
        raise ParameterError(f"user_id: {user_id!r} is not valid Unicode; give the id as in the log")
    if model not in POLICIES:
        raise ParameterError(f"model: {model!r} is unknown; choose one of {', '.join(POLICIES)}")
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise ParameterError(f"k: found {k!r}, expected a whole number of at least 1")
