"""The recommenders of the simulations: fitted on any log as the pipeline's stages fit them, and their lists."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.features.context import ItemTable
from recommender.features.settings import LATER
from recommender.log.histories import Histories, Ints
from recommender.log.views import Requests, View
from recommender.params import Section
from recommender.policies import Policy, SourcePolicy, TwoStagePolicy
from recommender.ranking.build import ask_the_past, training_rows
from recommender.ranking.fitting import as_table
from recommender.ranking.ranker import to_text
from recommender.ranking.recipe import Recipe
from recommender.ranking.scored import best
from recommender.ranking.settings import ModelParams
from recommender.ranking.training import grow
from recommender.retrieval.knowledge import fit_knowledge, fit_svd
from recommender.retrieval.sources.popularity import Popularity
from recommender.retrieval.sources.svd import Svd
from recommender.retrieval.top import chunk_size
from recommender_lab.feedback.settings import Retrain

CAPPED = {
    "sequence": ("ridge_items",),
    "build_ranking": ("past_requests",),
    "train_ranker": ("seeds", "max_rounds"),
}
"""What `Retrain` limits, by section."""
NOTHING = -1
"""Stands for an item after the end of a list."""


@dataclass(frozen=True)
class TwoStage:
    """A fitted two-stage policy, with what describes its ranker.

    Attributes:
        policy: the fitted sources and the ranker.
        recipe: the ranker's features and settings, as models/ranker.json holds them.
    """

    policy: TwoStagePolicy
    recipe: Recipe

    @property
    def ranker(self) -> str:
        """The text of the ranker, as models/ranker.txt holds it."""
        return to_text(self.policy.ranker)


def fit_popularity_policy(histories: Histories) -> SourcePolicy:
    """Fit the policy that recommends the items with the most events."""
    return SourcePolicy(Popularity.count(histories), histories.counts > 0)


def fit_svd_policy(histories: Histories, params: ModelParams) -> SourcePolicy:
    """Fit the policy that recommends by a truncated SVD; every event of a user has the same weight."""
    return SourcePolicy(Svd.from_arrays({}, fit_svd(histories, params)), histories.counts > 0)


def fit_two_stage(histories: Histories, items: ItemTable, params: ModelParams) -> TwoStage:
    """Fit the sources on all events of a log, and a ranker on the latest requests of each user.

    Unlike the pipeline, it needs no validation, which would take half of the time: the ranker has `max_rounds` trees.

    Args:
        histories: all events known so far; the latest ones of each user answer past requests.
        items: genres and years of the items.
        params: see `with_caps`.

    Raises:
        DataError, ParameterError: the log is too short.
    """
    rows = training_rows(histories, ask_the_past(histories, 0, params), items, params)
    ranker = grow(as_table(rows), params.train_ranker.max_rounds, params)
    policy = TwoStagePolicy(fit_knowledge(histories, params), items, params.features, ranker)
    sections = {"sequence": params.sequence, "candidates": params.candidates, "features": params.features}
    return TwoStage(policy, Recipe(**sections, names=rows.names))


def with_caps(params: ModelParams, caps: Retrain) -> ModelParams:
    """Return parameters of at most such size, so that fitting can be repeated.

    The split is set to `last_interaction`: a request of a simulation is about the next event of one user. Groups of
    features of further columns are left out.
    """
    changed: dict[str, dict[str, Any]] = {"features": dict.fromkeys(LATER, False)}
    for name, keys in CAPPED.items():
        own = getattr(params, name)
        changed[name] = {key: min(getattr(own, key), getattr(caps, key)) for key in keys}
    sections: dict[str, Section] = {name: _changed(getattr(params, name), some) for name, some in changed.items()}
    split = params.split.model_copy(update={"method": "last_interaction"})
    return params.model_copy(update=sections | {"split": split})


def _changed(section: Section, values: dict[str, Any]) -> Section:
    return type(section).model_validate(section.model_dump() | values)


def top_lists(policy: Policy, histories: Histories, requests: Requests, k: int) -> Ints:
    """Return the k best items of each request, computed in chunks of bounded memory.

    Args:
        policy: any policy.
        histories: the events; a request uses only those before it.
        requests: n requests.
        k: items per list.

    Returns:
        Item codes by rank, int64 (n, k), NOTHING after the end of a list.
    """
    lists = np.full((len(requests), k), NOTHING)
    step = chunk_size(histories.n_items)
    for at in range(0, len(requests), step):
        top, rank = best(policy.score(View(histories, requests[at : at + step]), k), k)
        lists[at + top.request, rank - 1] = top.item
    return lists
