"""The results of a run of the pipeline, read when they are first needed."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from recommender.bundle.settings import SeedParams
from recommender.columns import ITEM, TITLE
from recommender.errors import DataError
from recommender.features.context import ItemTable, genre_names, item_table
from recommender.files import read_arrays, read_table, read_text
from recommender.log.histories import Histories, Ints, build_histories
from recommender.log.views import Requests, open_requests
from recommender.params import PARAMS_FILE, load
from recommender.policies import Policy, SourcePolicy, TwoStagePolicy
from recommender.ranking.ranker import Ranker, from_text
from recommender.ranking.recipe import Recipe, digest_of, read_recipe
from recommender.ranking.rerank import Reranker
from recommender.ranking.rules import make_reranker
from recommender.ranking.settings import Rerank
from recommender.retrieval.factors import ItemFactors
from recommender.retrieval.knowledge import active_sizes, knowledge_from_arrays
from recommender.retrieval.random_scores import RandomScores
from recommender.retrieval.source import Source
from recommender.retrieval.sources.popularity import Popularity
from recommender.retrieval.sources.svd import Svd
from recommender.seeds import seed_for

EVENTS = ("data/split/train.parquet", "data/split/valid.parquet")
ITEMS = "data/prepared/items.parquet"
FACTORS = "models/svd/serving.npz"
SEQUENCE = "models/sequence/serving.npz"
REQUESTS = "data/split/requests.parquet"
TREES = "models/ranker.txt"
RECIPE = "models/ranker.json"
HEAL = "run `dvc checkout` if the outputs were changed by hand, else `dvc repro`"
MODELS = {"random": (), "popularity": (), "svd": (FACTORS,), "two_stage": (FACTORS, SEQUENCE, TREES, RECIPE, ITEMS)}
"""What each policy reads besides the events."""


@dataclass(frozen=True)
class Artifacts:
    """The results of a run of the pipeline.

    Attributes:
        root: the project's folder.
    """

    root: Path

    @cached_property
    def histories(self) -> Histories:
        """All events before the test events."""
        return build_histories([read_table(self.root / name) for name in EVENTS])

    @cached_property
    def items(self) -> pd.DataFrame:
        """The table of items."""
        return read_table(self.root / ITEMS)

    @cached_property
    def recipe(self) -> Recipe:
        """How the ranker's input was made."""
        return read_recipe(self.root / RECIPE)

    @cached_property
    def asked(self) -> Ints:
        """The time of each user's request, int64 microseconds (n_users,): that of the last event if there is none."""
        asked = self.histories.time[self.histories.indptr[1:] - 1]
        requests = open_requests(self.histories, read_table(self.root / REQUESTS), request_time=True)
        asked[requests.user] = requests.time
        return asked

    def open(self, name: str, rules: Rerank | None = None) -> "Opened":
        """Open what is needed to answer with one policy.

        Args:
            name: one of `POLICIES`.
            rules: what happens after ranking; None for nothing.

        Raises:
            DataError: a file is missing or not whole, or was fitted on other items or features.
            ParameterError: an excluded genre or item is unknown.
        """
        # Only the two stages may use the time of a request, if the ranker was trained with it.
        two_stage = name == "two_stage"
        policy = self._two_stage() if two_stage else SourcePolicy(self._source(name), self.histories.counts > 0)
        request_time = two_stage and self.recipe.sequence.request_time
        requests = open_requests(self.histories, read_table(self.root / REQUESTS), request_time)
        active = None if rules is None or rules.is_off else rules
        return Opened(policy, requests, None if active is None else self._reranker(active), active, self.root, name)

    def _source(self, name: str) -> Source:
        if name == "svd":
            return Svd.from_arrays({}, self._factors())
        if name == "popularity":
            return Popularity.count(self.histories)
        return RandomScores(seed_for(load(SeedParams, self.root / PARAMS_FILE).base.seed, "random"))

    def _reranker(self, rules: Rerank) -> Reranker:
        return make_reranker(rules, self.items, self._item_table(), self.histories.items, self._factors())

    def _factors(self) -> ItemFactors:
        path = self.root / FACTORS
        return ItemFactors.from_arrays(read_arrays(path), self.histories.items, str(path))

    def _two_stage(self) -> TwoStagePolicy:
        recipe, path = self.recipe, self.root / SEQUENCE
        sizes = active_sizes(recipe.candidates, recipe.sequence)
        factors, items = self._factors(), self.histories.items
        knowledge = knowledge_from_arrays(read_arrays(path), factors, items, sizes, str(path))
        if recipe.served_by is not None and recipe.served_by not in sizes:
            raise DataError(f"{self.root / RECIPE}: served_by: {recipe.served_by!r} is none of its sources; {HEAL}")
        ranker = self._ranker(len(recipe.names))
        return TwoStagePolicy(knowledge, self._item_table(), recipe.features, ranker, served_by=recipe.served_by)

    def _item_table(self) -> ItemTable:
        return item_table(self.items, self.histories.items)

    def _ranker(self, n_features: int) -> Ranker:
        path = self.root / TREES
        text = read_text(path)
        if digest_of(text) != self.recipe.trees:
            raise DataError(
                f"{path}: not the trees that {RECIPE} was written with (damaged, or of another run); {HEAL}"
            )
        ranker = from_text(text, str(path))
        if ranker.n_features != n_features:
            raise DataError(f"{path}: has {ranker.n_features} features, {RECIPE} has {n_features}; run `dvc repro`")
        return ranker

    @cached_property
    def titles(self) -> dict[object, str]:
        """The title of every item by its id."""
        return dict(zip(self.items[ITEM].to_numpy(), self.items[TITLE].astype(str), strict=True))

    @cached_property
    def genres(self) -> list[str]:
        """The names of the genres."""
        return genre_names(self.items)


@dataclass(frozen=True)
class Opened:
    """What is needed to answer with one policy.

    Attributes:
        policy: scores items.
        requests: the open requests of the test users, as the policy sees them.
        reranker: what happens after ranking; None for nothing.
        rules: the settings of the reranker; None without one.
        root: the project's folder.
        name: of the policy.
    """

    policy: Policy
    requests: Requests
    reranker: Reranker | None
    rules: Rerank | None
    root: Path
    name: str

    @cached_property
    def revision(self) -> str:
        """A hash of the files and rules that answers are made from, the same on every machine."""
        content = hashlib.blake2b((self.rules.model_dump_json() if self.rules else "").encode(), digest_size=6)
        for path in (*EVENTS, *MODELS[self.name]):
            with open(self.root / path, "rb") as file:
                content.update(hashlib.file_digest(file, "blake2b").digest())
        return content.hexdigest()


def stamps(root: Path) -> tuple[int, ...]:
    """Return the times of change of the files below a project's folder: others mean another run of the pipeline."""
    paths = [root / name for name in (*EVENTS, ITEMS, REQUESTS, FACTORS, SEQUENCE, TREES, RECIPE, PARAMS_FILE)]
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
