"""A published bundle: opened, checked part by part, and used for recommendations."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.bundle.arguments import as_in_log
from recommender.bundle.fold_in import Query, view_of
from recommender.bundle.manifest import REPAIR, Manifest, digest, read_manifest
from recommender.bundle.models import Models
from recommender.columns import POLICIES
from recommender.errors import DataError
from recommender.explain.reasons import Names, reasons
from recommender.files import parse_arrays, read_bytes
from recommender.log.further import from_matrix
from recommender.log.histories import Histories, Ints
from recommender.log.views import View
from recommender.policies import Policy, choose
from recommender.ranking.recipe import Recipe
from recommender.ranking.rerank import Reranker
from recommender.ranking.rules import genre_columns
from recommender.ranking.scored import Scored
from recommender.request_log.description import Explained
from recommender.request_log.description import explain as describe

FOLDER = "models/live"


@dataclass(frozen=True)
class Answer:
    """The lists of some requests.

    Attributes:
        view: the requests with their histories.
        scored: all that the policy scored.
        top: what is recommended, in the order of the requests and ranks.
        rank: from 1, int64 (len(top.item),).
        policy: the name of the policy that answered.
    """

    view: View
    scored: Scored
    top: Scored
    rank: Ints
    policy: str


class Bundle(Models):
    """The models of a bundle; each part is compared with its digest before it is parsed."""

    def path(self, part: str) -> Path:
        """Return the file of a part."""
        return self.root / part

    def content(self, part: str) -> bytes:
        """Read a part and compare its digest with the manifest's."""
        content = read_bytes(self.path(part))
        if digest(content) != self.manifest.parts.get(part):
            raise DataError(f"{self.path(part)}: not the part of revision {self.manifest.revision}; {REPAIR}")
        return content

    @cached_property
    def manifest(self) -> Manifest:
        """What the bundle holds."""
        return read_manifest(self.root)

    @cached_property
    def histories(self) -> Histories:
        """All events of the log."""
        arrays = parse_arrays(self.content("histories.npz"), str(self.path("histories.npz")))
        encodings = {"user_columns": self.recipe.user_columns, "event_columns": self.recipe.request_columns}
        columns = {name: from_matrix(arrays[name], some) for name, some in encodings.items() if some}
        return Histories(**arrays | {"again": int(arrays["again"])} | columns)  # type: ignore[arg-type]

    @property
    def recipe(self) -> Recipe:
        """How the ranker's input was made."""
        return self.manifest.recipe

    @property
    def seed(self) -> int:
        """The root seed, for the random policy."""
        return self.manifest.seed

    @cached_property
    def known_until(self) -> int:
        """Time of the last event, microseconds since 1970 UTC."""
        return int(self.histories.time.max())

    @cached_property
    def user_codes(self) -> dict[int | str, int]:
        """The code of each known user."""
        return {user: code for code, user in enumerate(self.histories.users.tolist())}

    @cached_property
    def item_codes(self) -> dict[int | str, int]:
        """The code of each known item."""
        return {item: code for code, item in enumerate(self.histories.items.tolist())}

    def load(self) -> None:
        """Read and check every part, so that no later call meets a damaged one.

        Raises:
            DataError: a part is missing or damaged, or the parts do not belong together.
        """
        for name in POLICIES:
            self._policy(name)
        _ = self._rules, self._names

    def view(self, name: str, queries: Sequence[Query]) -> View:
        """Return requests with their histories, as one of the policies uses them."""
        known = self.histories, self.user_codes, self.item_codes, self._mean_rating
        return view_of(*known, queries, self.uses_request_time(name), self.recipe.request_columns)

    def answer(self, name: str, view: View, k: int, excluded: NDArray[np.bool_] | None = None) -> Answer:
        """Answer requests; each is answered as it would be alone.

        Args:
            name: one of `POLICIES`; without any event only `random` and `popularity` can answer.
            view: n requests.
            k: most items per request.
            excluded: items that may not be recommended to any of them, boolean (n_items,), see `excluded_items`.
        """
        policy = self._policy(name)
        if excluded is not None and excluded.any():
            policy = policy.without(excluded)
        scored, top, rank = choose(policy, view, k, self._rules)
        return Answer(view, scored, top, rank, name)

    def excluded_items(
        self,
        exclude: Sequence[int | str] = (),
        genres: Sequence[str] = (),
        candidates: Sequence[int | str] | None = None,
    ) -> NDArray[np.bool_]:
        """Return which items a request may not get, boolean (n_items,); unknown ids change nothing.

        Args:
            exclude: ids of items.
            genres: only items that have one of these genres; empty for all.
            candidates: only these items; None for all.

        Raises:
            ParameterError: a genre is unknown.
        """
        excluded = self._is_one_of(exclude)
        if genres:
            excluded |= ~(self.item_table.genres[:, genre_columns("genres", genres, self.genres)] > 0).any(axis=1)
        return excluded if candidates is None else excluded | ~self._is_one_of(candidates)

    def explain(self, answer: Answer) -> list[str]:
        """Return why each item of an answer to one request is recommended."""
        policy = self._policy(answer.policy)
        return list(reasons(policy, answer.view, answer.scored.candidates, answer.top.item, self._names))

    def describe(self, answer: Answer, queries: Sequence[Query]) -> list[Explained]:
        """Return what the request log keeps of an answer, for each of its requests."""
        asked = np.where(answer.view.requests.position > 0, [query.now for query in queries], 0)
        return describe(answer.view, asked, answer.scored, answer.top, answer.policy, self.histories.counts)

    def titles_of(self, codes: Ints) -> list[str]:
        """Return the titles of items; the id of one without a title."""
        return self._titles[codes].tolist()

    @cached_property
    def _titles(self) -> NDArray[Any]:
        titles = [self.titles.get(item, str(item)) for item in self.histories.items.tolist()]
        return np.array(titles, dtype=object)

    @cached_property
    def _names(self) -> Names:
        return Names(self._titles.tolist(), self.genres)

    @cached_property
    def _mean_rating(self) -> float:
        return float(self.histories.rating.mean(dtype=np.float64))

    @cached_property
    def _rules(self) -> Reranker | None:
        return self.reranker(self.manifest.rerank)

    @cached_property
    def _made(self) -> dict[str, Policy]:
        return {}

    def _policy(self, name: str) -> Policy:
        if name not in self._made:
            self._made[name] = self.policy(name)
        return self._made[name]

    def _is_one_of(self, ids: Sequence[int | str]) -> NDArray[np.bool_]:
        mask = np.zeros(self.histories.n_items, dtype=bool)
        known = self.item_codes
        mask[[known[item] for item in (as_in_log(one, known) for one in ids) if item in known]] = True
        return mask
