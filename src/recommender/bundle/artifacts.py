"""The models that are evaluated: fitted without the test events, opened by the stages that recommend to test users."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from recommender.bundle.models import Models
from recommender.bundle.settings import SeedParams
from recommender.columns import USER
from recommender.files import read_bytes, read_table
from recommender.log.further import with_events, with_users
from recommender.log.histories import Histories, Ints, build_histories
from recommender.log.views import Requests, open_requests
from recommender.params import PARAMS_FILE, load
from recommender.parts import list_parts, read_events
from recommender.policies import Policy
from recommender.ranking.recipe import Recipe, read_recipe
from recommender.ranking.rerank import Reranker
from recommender.ranking.settings import Rerank

EVENTS = ("data/split/train.parquet", "data/split/valid.parquet")
REQUESTS = "data/split/requests.parquet"
RECIPE = "models/ranker.json"
PARTS = {
    "items.parquet": "data/prepared/items.parquet",
    "svd.npz": "models/svd/serving.npz",
    "sequence.npz": "models/sequence/serving.npz",
    "ranker.txt": "models/ranker.txt",
}
FACTORS, SEQUENCE, TREES, ITEMS = (PARTS[name] for name in ("svd.npz", "sequence.npz", "ranker.txt", "items.parquet"))
USERS = "data/prepared/users.parquet"
MODELS = {
    **{"random": (), "popularity": (), "svd": (FACTORS,)},
    "two_stage": (FACTORS, SEQUENCE, TREES, RECIPE, ITEMS, USERS),
}
"""What each policy reads besides the events."""


class Artifacts(Models):
    """The models of a run of the pipeline, in the project's folder."""

    def path(self, part: str) -> Path:
        """Return the file of a part."""
        return self.root / PARTS[part]

    def content(self, part: str) -> bytes:
        """Read a part."""
        return read_bytes(self.path(part))

    @cached_property
    def histories(self) -> Histories:
        """All events before the test events."""
        base = load(SeedParams, self.root / PARAMS_FILE).base
        return build_histories(self._events(), base.again_after_days)

    @cached_property
    def described(self) -> Histories:
        """All events before the test events, with the further columns that the ranker uses."""
        return self.with_columns(self.histories, self._events() if self.recipe.request_columns else [])

    def with_columns(self, histories: Histories, parts: Sequence[pd.DataFrame]) -> Histories:
        """Return events with the further columns that the ranker uses.

        Args:
            histories: what `build_histories` made of the parts.
            parts: of the log; they are used only if requests have further columns.
        """
        if self.recipe.user_columns:
            histories = with_users(histories, read_table(self.root / USERS), self.recipe.user_columns)
        if self.recipe.request_columns:
            histories = with_events(histories, parts, self.recipe.request_columns)
        return histories

    def _events(self) -> list[pd.DataFrame]:
        return [read_events(self.root / name) for name in EVENTS]

    @cached_property
    def recipe(self) -> Recipe:
        """How the ranker's input was made."""
        return read_recipe(self.root / RECIPE)

    @property
    def seed(self) -> int:
        """The root seed, from params.yaml."""
        return load(SeedParams, self.root / PARAMS_FILE).base.seed

    @cached_property
    def asked(self) -> Ints:
        """The time of each user's request, int64 microseconds (n_users,): that of the last event if there is none."""
        asked = self.histories.time[self.histories.indptr[1:] - 1]
        requests = open_requests(self.histories, read_events(self.root / REQUESTS), request_time=True)
        asked[requests.user] = requests.time
        return asked

    def open(self, name: str, rules: Rerank | None = None) -> "Opened":
        """Open what is needed to answer the test users' requests with one policy.

        Args:
            name: one of `POLICIES`.
            rules: what happens after ranking; None for nothing.

        Raises:
            DataError: a file is missing or incomplete, or was fitted on other items or features.
            ParameterError: an excluded genre or item is unknown.
        """
        policy = self.policy(name)
        described = name == "two_stage"
        encoding = self.recipe.request_columns if described else None
        asked = read_events(self.root / REQUESTS).sort_values(USER, kind="stable", ignore_index=True)  # not by part
        requests = open_requests(self.histories, asked, self.uses_request_time(name), encoding)
        reranker = None if rules is None else self.reranker(rules)
        histories = self.described if described else self.histories
        return Opened(policy, histories, requests, reranker, self.revision(name, None if reranker is None else rules))

    def revision(self, name: str, rules: Rerank | None) -> str:
        """Return a hash of the files and rules that a policy answers from, the same on every machine."""
        content = hashlib.blake2b((rules.model_dump_json() if rules else "").encode(), digest_size=6)
        files = [file for events in EVENTS for file in list_parts(self.root / events)]
        files += [self.root / file for file in MODELS[name] if file != USERS or self.recipe.user_columns]
        for path in files:
            with open(path, "rb") as opened:
                content.update(hashlib.file_digest(opened, "blake2b").digest())
        return content.hexdigest()


@dataclass(frozen=True)
class Opened:
    """What is needed to answer the test users' requests with one policy.

    Attributes:
        policy: scores items.
        histories: all events before the test events, as the policy uses them.
        requests: the open requests of the test users, as the policy uses them.
        reranker: what happens after ranking; None for nothing.
        revision: a hash of the files and rules that answers are made from.
    """

    policy: Policy
    histories: Histories
    requests: Requests
    reranker: Reranker | None
    revision: str
