"""Fitted models in one place, each part read when it is first needed, and the policies made from them."""

import io
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from recommender.columns import ITEM, TITLE
from recommender.errors import DataError
from recommender.features.context import ItemTable, genre_names, item_table
from recommender.files import AGAIN, parse_arrays, parse_table, parse_text
from recommender.log.histories import Histories
from recommender.policies import Policy, SourcePolicy, TwoStagePolicy
from recommender.ranking.ranker import Ranker, from_text
from recommender.ranking.recipe import Recipe, digest_of
from recommender.ranking.rerank import Reranker
from recommender.ranking.rules import make_reranker
from recommender.ranking.settings import Rerank
from recommender.retrieval.factors import ItemFactors
from recommender.retrieval.knowledge import Knowledge, active_sizes, knowledge_from_arrays
from recommender.retrieval.random_scores import RandomScores
from recommender.retrieval.source import Source
from recommender.retrieval.sources.popularity import Popularity
from recommender.retrieval.sources.svd import Svd
from recommender.seeds import seed_for


@dataclass(frozen=True)
class Models(ABC):
    """Fitted models in one folder. A subclass says in which files the parts are and checks them.

    The parts are `items.parquet`, `svd.npz`, `sequence.npz` and `ranker.txt`.

    Attributes:
        root: the folder.
    """

    root: Path

    @abstractmethod
    def path(self, part: str) -> Path:
        """Return the file of a part."""

    @abstractmethod
    def content(self, part: str) -> bytes:
        """Read a part; raises DataError if it is missing or damaged."""

    @property
    @abstractmethod
    def histories(self) -> Histories:
        """All events that answers are made from."""

    @cached_property
    def described(self) -> Histories:
        """The same events with the further columns that the ranker uses."""
        return self.histories

    @property
    @abstractmethod
    def recipe(self) -> Recipe:
        """How the ranker's input was made."""

    @property
    @abstractmethod
    def seed(self) -> int:
        """The root seed, for the random policy."""

    def policy(self, name: str) -> Policy:
        """Make one of the `POLICIES`.

        Raises:
            DataError: a part is missing, is incomplete, or was fitted on other items or features.
        """
        if name == "two_stage":
            recipe = self.recipe
            if recipe.served_by not in (None, *self.knowledge.sizes):
                raise DataError(f"served_by: {recipe.served_by!r} is none of the ranker's sources; run `dvc repro`")
            return TwoStagePolicy(
                self.knowledge, self.item_table, recipe.features, self.ranker, served_by=recipe.served_by
            )
        return SourcePolicy(self._source(name), self.histories.counts > 0)

    def uses_request_time(self, name: str) -> bool:
        """Return whether a policy uses the past as of the request, not as of the user's last event.

        Only the two stages do, if the ranker was trained with it.
        """
        return name == "two_stage" and self.recipe.sequence.request_time

    def reranker(self, rules: Rerank) -> Reranker | None:
        """Make what happens after ranking; None if the rules change nothing.

        Raises:
            ParameterError: an excluded genre or item is unknown.
        """
        if rules.is_off:
            return None
        return make_reranker(rules, self.items, self.item_table, self.histories.items, self.factors)

    @cached_property
    def items(self) -> pd.DataFrame:
        """The table of items."""
        return parse_table(io.BytesIO(self.content("items.parquet")), str(self.path("items.parquet")))

    @cached_property
    def item_table(self) -> ItemTable:
        """Genres, years and the further columns that the ranker uses, by item code."""
        return item_table(self.items, self.histories.items, self.recipe.item_columns)

    @cached_property
    def titles(self) -> dict[object, str]:
        """The title of every item by its id."""
        return dict(zip(self.items[ITEM].to_numpy(), self.items[TITLE].astype(str), strict=True))

    @cached_property
    def genres(self) -> list[str]:
        """The names of the genres."""
        return genre_names(self.items)

    def _source(self, name: str) -> Source:
        if name == "svd":
            return Svd.from_arrays({}, self.factors)
        if name == "popularity":
            return Popularity.count(self.histories)
        return RandomScores(seed_for(self.seed, "random"))

    def _arrays(self, part: str) -> dict[str, NDArray[Any]]:
        return parse_arrays(self.content(part), str(self.path(part)))

    @cached_property
    def factors(self) -> ItemFactors:
        """The item factors."""
        return ItemFactors.from_arrays(self._arrays("svd.npz"), self.histories.items, str(self.path("svd.npz")))

    @cached_property
    def knowledge(self) -> Knowledge:
        """The fitted sources."""
        sizes, path = active_sizes(self.recipe.candidates, self.recipe.sequence), str(self.path("sequence.npz"))
        return knowledge_from_arrays(self._arrays("sequence.npz"), self.factors, self.described, sizes, path)

    @cached_property
    def ranker(self) -> Ranker:
        """The trees."""
        path, n_features = self.path("ranker.txt"), len(self.recipe.names)
        text = parse_text(self.content("ranker.txt"), str(path))
        if digest_of(text) != self.recipe.trees:
            raise DataError(
                f"{path}: not the trees that its recipe was written with (damaged, or of another run); {AGAIN}"
            )
        ranker = from_text(text, str(path))
        if ranker.n_features != n_features:
            raise DataError(f"{path}: has {ranker.n_features} features, its recipe has {n_features}; run `dvc repro`")
        return ranker
