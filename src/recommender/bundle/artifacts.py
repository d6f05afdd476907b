"""Where the pipeline leaves what serving needs, read when it is first asked for."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from recommender.columns import ITEM, TITLE
from recommender.errors import DataError
from recommender.features.context import ItemTable, genre_names, item_table
from recommender.files import read_arrays, read_table, read_text
from recommender.log.histories import Histories, Ints, build_histories
from recommender.log.views import Requests, open_requests
from recommender.params import PARAMS_FILE, Base, Sections, load
from recommender.policies import Policy, SourcePolicy, TwoStagePolicy
from recommender.ranking.ranker import Ranker, from_text
from recommender.ranking.recipe import Recipe, read_recipe
from recommender.ranking.rerank import Reranker
from recommender.ranking.rules import make_reranker
from recommender.ranking.settings import Rerank
from recommender.retrieval import tables
from recommender.retrieval.knowledge import learn
from recommender.retrieval.popularity import fit_popularity
from recommender.retrieval.random_scores import Random
from recommender.retrieval.svd import ItemFactors, SvdRetriever, from_arrays
from recommender.retrieval.tables import SequenceTables
from recommender.seeds import seed_for

EVENTS = ("data/split/train.parquet", "data/split/valid.parquet")
ITEMS = "data/prepared/items.parquet"
FACTORS = "models/svd/serving.npz"
TABLES = "models/sequence/serving.npz"
REQUESTS = "data/split/requests.parquet"
TREES = "models/ranker.txt"
RECIPE = "models/ranker.json"
MODELS = {"random": (), "popularity": (), "svd": (FACTORS,), "two_stage": (FACTORS, TABLES, TREES, RECIPE, ITEMS)}
"""What each policy looks at besides the events."""


class Seed(Sections):
    """What the random policy reads."""

    base: Base


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

    def requests(self, name: str) -> Requests:
        """Return the open requests of the test users, as a policy looks at them.

        Args:
            name: of the policy; only `two_stage` may look at the time of a request, if its ranker learnt to.
        """
        request_time = name == "two_stage" and self.recipe.sequence.request_time
        return open_requests(self.histories, read_table(self.root / REQUESTS), request_time)

    @cached_property
    def asked(self) -> Ints:
        """When each user asks, int64 microseconds (n_users,): right after the last event where there is no request."""
        asked = self.histories.time[self.histories.indptr[1:] - 1]
        requests = open_requests(self.histories, read_table(self.root / REQUESTS), request_time=True)
        asked[requests.user] = requests.time
        return asked

    def revision(self, name: str, rules: Rerank | None = None) -> str:
        """Hash what a policy answers from: the same bytes and rules give the same revision on every machine.

        Args:
            name: of the policy.
            rules: what happens after ranking; None where nothing does.
        """
        content = hashlib.blake2b((rules.model_dump_json() if rules else "").encode(), digest_size=6)
        for path in (*EVENTS, *MODELS[name]):
            with open(self.root / path, "rb") as file:
                content.update(hashlib.file_digest(file, "blake2b").digest())
        return content.hexdigest()

    def policy(self, name: str) -> Policy:
        """Build one of `policies.POLICIES`.

        Raises:
            DataError: a file is missing or not whole, or knows other items or features.
        """
        if name == "two_stage":
            return self._two_stage()
        catalogue = self.histories.counts > 0
        if name == "svd":
            return SourcePolicy(SvdRetriever(self._factors(), decay=1.0), catalogue)
        if name == "popularity":
            return SourcePolicy(fit_popularity(self.histories), catalogue)
        return SourcePolicy(Random(seed_for(load(Seed, self.root / PARAMS_FILE).base.seed, "random")), catalogue)

    def reranker(self, settings: Rerank) -> Reranker | None:
        """Return what happens after ranking, or None if everything is off.

        Raises:
            ParameterError: an excluded genre or item is unknown.
        """
        if settings.is_off:
            return None
        return make_reranker(settings, self.items, self._item_table(), self.histories.items, self._factors().factors)

    def _factors(self) -> ItemFactors:
        path = self.root / FACTORS
        return from_arrays(read_arrays(path), self.histories.items, str(path))

    def _two_stage(self) -> TwoStagePolicy:
        recipe = self.recipe
        knowledge = learn(self.histories, self._factors(), self._tables(), recipe.sequence, recipe.candidates)
        ranker = self._ranker(len(recipe.names))
        return TwoStagePolicy(knowledge, self._item_table(), recipe.features, ranker)

    def _tables(self) -> SequenceTables:
        path = self.root / TABLES
        return tables.from_arrays(read_arrays(path), self.histories.items, str(path))

    def _item_table(self) -> ItemTable:
        return item_table(self.items, self.histories.items)

    def _ranker(self, n_features: int) -> Ranker:
        path = self.root / TREES
        ranker = from_text(read_text(path), str(path))
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


def stamps(root: Path) -> tuple[int, ...]:
    """Return the times of change of the files below a project's folder: others mean another run of the pipeline."""
    paths = [root / name for name in (*EVENTS, ITEMS, REQUESTS, FACTORS, TABLES, TREES, RECIPE, PARAMS_FILE)]
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
