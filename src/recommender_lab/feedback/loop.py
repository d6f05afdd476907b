"""The closed loop: show, click, learn from the clicks, show again; one chain of rounds per arm."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np
from tqdm import tqdm

from recommender.log.histories import Histories, Ints
from recommender.log.views import MICROSECONDS, Requests
from recommender.policies import Policy, SourcePolicy
from recommender.ranking.ranker import to_text
from recommender.retrieval.knowledge import fit_svd
from recommender.retrieval.sources.popularity import Popularity
from recommender.retrieval.sources.svd import Svd
from recommender.seeds import generator
from recommender_lab.feedback.exploration import list_length, pools
from recommender_lab.feedback.lists import top_lists
from recommender_lab.feedback.retrain import Retrained, retrain
from recommender_lab.feedback.rounds import Arrays, Rounds, array_text, text_array
from recommender_lab.feedback.visits import Visits, draw_luck, visit
from recommender_lab.feedback.world import World

POPULARITY, SVD, TWO_STAGE, EXPLORING, FROZEN = ARMS = (
    "popularity",
    "svd",
    "two_stage",
    "two_stage_exploring",
    "two_stage_frozen",
)
SLATE_SECONDS = 60


class Shared:
    """A model that several arms start from, trained when the first of them asks."""

    def __init__(self, make: Callable[[], Retrained]) -> None:
        """Remember how to train it."""
        self._make, self._lock, self._made = make, Lock(), list[Retrained]()

    def get(self) -> Retrained:
        """Return the model."""
        with self._lock:
            self._made[:] = self._made or [self._make()]
        return self._made[0]


@dataclass(frozen=True)
class Round:
    """What one round of an arm left.

    Attributes:
        visits: the log.
        ranker: text of the ranker that served, empty for an arm without one.
        recipe: how its input was made, likewise.
    """

    visits: Visits
    ranker: str
    recipe: dict[str, Any]


def run_arm(world: World, arm: str, first: Shared, rounds: Rounds) -> list[Round]:
    """Run the rounds of one arm, each after what was learnt from those before.

    Args:
        world: what the arms share.
        arm: one of ARMS.
        first: the whole model trained on the original events.
        rounds: finished rounds, kept.

    Returns:
        The rounds in order.
    """
    histories, come, found = world.original, world.original.lengths > 0, list[Round]()
    numbers = range(1, world.params.feedback_loop.rounds + 1)
    for number in tqdm(numbers, desc=arm, disable=None, unit="round", leave=False):
        user = np.flatnonzero(come & (world.original.lengths > 0))
        arrays = rounds.get(f"{arm}_{number:04d}", _play(world, arm, first, number, histories, user))
        ranker, recipe = (array_text(arrays.pop(name)) for name in ("ranker", "recipe"))
        found.append(Round(Visits(**arrays), ranker, json.loads(recipe)))
        histories, come = learn_clicks(histories, found[-1].visits, world.moment(number)), found[-1].visits.come
    return found


def _play(world: World, arm: str, first: Shared, number: int, histories: Histories, user: Ints) -> Callable[[], Arrays]:
    """Return what makes one round."""

    def make() -> Arrays:
        """Learn, show and let the users click."""
        settings = world.params.feedback_loop
        policy, retrained = _learn(world, arm, first, number, histories)
        request_time = retrained is not None and world.params.sequence.request_time
        time = np.full(len(user), world.moment(number))
        if not request_time:
            time = histories.time[histories.indptr[user + 1] - 1]
        uncertain = settings.explore == "uncertain"
        sizes = (settings.k, settings.pool, settings.visit.longest)
        lists = top_lists(
            policy, histories, Requests(user, histories.lengths[user], time), list_length(*sizes, uncertain)
        )
        drawn = pools(lists, *sizes, histories.counts if uncertain else None)
        luck = draw_luck(generator(world.params.base.seed, "visits", number), histories.n_users, settings)
        exploration = settings.exploration if arm == EXPLORING else 0.0
        visits = visit(user, drawn, exploration, luck, world.preferences, world.scale, settings)
        ranker = to_text(retrained.policy.ranker) if retrained else ""
        recipe = retrained.recipe.model_dump_json() if retrained else "{}"
        return visits.arrays() | {"ranker": text_array(ranker), "recipe": text_array(recipe)}

    return make


def _learn(world: World, arm: str, first: Shared, number: int, histories: Histories) -> tuple[Policy, Retrained | None]:
    """Fit the model of an arm on the original events and all clicks so far."""
    catalogue = histories.counts > 0
    if arm == POPULARITY:
        return SourcePolicy(Popularity.count(histories), catalogue), None
    if arm == SVD:
        return SourcePolicy(Svd.from_arrays({}, fit_svd(histories, world.params)), catalogue), None
    again = number > 1 and arm != FROZEN
    retrained = retrain(histories, world.items, world.small) if again else first.get()
    return retrained.policy, retrained


def learn_clicks(histories: Histories, visits: Visits, moment: int) -> Histories:
    """Append the clicks of a round to the histories, slot by slot a second apart and slate by slate a minute.

    Args:
        histories: the events before the round.
        visits: the log of the round.
        moment: when the round began, microseconds.
    """
    row, slate, slot = np.nonzero(visits.click)
    user = np.concatenate((histories.user, visits.user[row]))
    order = np.argsort(user, kind="stable")
    time = moment + (slate * SLATE_SECONDS + slot) * MICROSECONDS
    rating = visits.rating[row, slate, slot].astype(np.float32)
    return replace(
        histories,
        indptr=np.concatenate(([0], np.cumsum(np.bincount(user, minlength=histories.n_users)))),
        item=np.concatenate((histories.item, visits.item[row, slate, slot]))[order],
        time=np.concatenate((histories.time, time))[order],
        rating=np.concatenate((histories.rating, rating))[order],
    )
