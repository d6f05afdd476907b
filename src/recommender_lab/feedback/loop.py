"""The feedback loop: recommend, simulate clicks, fit on the clicks, recommend again; one chain of rounds per arm."""

from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

import numpy as np
from tqdm import tqdm

from recommender.log.histories import MICROSECONDS, Histories, Ints
from recommender.log.views import Requests
from recommender.policies import Policy
from recommender.seeds import generator
from recommender_lab.feedback.checkpoints import Arrays, Checkpoints
from recommender_lab.feedback.exploration import list_length, pools
from recommender_lab.feedback.retrain import (
    TwoStage,
    fit_popularity_policy,
    fit_svd_policy,
    fit_two_stage,
    top_lists,
    with_caps,
)
from recommender_lab.feedback.visits import CommonRandomNumbers, Visits, visit
from recommender_lab.feedback.world import World

POPULARITY, SVD, TWO_STAGE, EXPLORING, FROZEN = ARMS = (
    "popularity",
    "svd",
    "two_stage",
    "two_stage_exploring",
    "two_stage_frozen",
)
SLATE_SECONDS = 60


class InitialModel:
    """The two-stage model fitted on the original events: arms that run in parallel share it, and it is fitted once."""

    def __init__(self, world: World) -> None:
        """Fit nothing yet: an interrupted run may not need the model again."""
        self._world, self._lock = world, Lock()
        self._fitted: TwoStage | None = None

    def get(self) -> TwoStage:
        """Return the model; the first call fits it."""
        with self._lock:
            if self._fitted is None:
                self._fitted = _fit_two_stage(self._world, self._world.original)
            return self._fitted


@dataclass(frozen=True)
class RoundResult:
    """What one round of an arm leaves.

    Attributes:
        visits: what was shown and clicked.
        ranker: text of the ranker that served, empty for an arm without one.
        recipe: JSON of its recipe, likewise.
    """

    visits: Visits
    ranker: str
    recipe: str


def run_arm(world: World, arm: str, initial: InitialModel, checkpoints: Checkpoints) -> list[RoundResult]:
    """Run the rounds of one arm; each round's model is fitted on the original events and the clicks before it.

    Args:
        world: what the arms share.
        arm: one of ARMS.
        initial: the model of the first round, and of every round of FROZEN.
        checkpoints: where finished rounds are kept.

    Returns:
        The rounds in order.
    """
    histories, known, results = world.original, world.original.lengths > 0, list[RoundResult]()
    user = np.flatnonzero(known)
    numbers = range(1, world.params.feedback_loop.rounds + 1)
    for number in tqdm(numbers, desc=arm, disable=None, unit="round", leave=False):
        play = partial(_play, world, arm, initial, number, histories, user)
        arrays = checkpoints.get(f"{arm}_{number:04d}", play)
        ranker, recipe = (str(arrays.pop(name)[0]) for name in ("ranker", "recipe"))
        visits = Visits(**arrays)
        results.append(RoundResult(visits, ranker, recipe))
        histories, user = append_clicks(histories, visits, world.moment(number)), np.flatnonzero(visits.returns & known)
    return results


def _play(world: World, arm: str, initial: InitialModel, number: int, histories: Histories, user: Ints) -> Arrays:
    """Compute one round: fit, recommend, and simulate the visits."""
    params, settings = world.params, world.params.feedback_loop
    policy, two_stage = _fit(world, arm, initial, number, histories)
    time = np.full(len(user), world.moment(number))
    if two_stage is None or not params.sequence.request_time:
        time = histories.time[histories.indptr[user + 1] - 1]
    uncertain = settings.explore == "uncertain"
    sizes = (settings.k, settings.pool, settings.visit.longest)
    lists = top_lists(policy, histories, Requests(user, histories.lengths[user], time), list_length(*sizes, uncertain))
    slates = pools(lists, *sizes, histories.counts if uncertain else None)
    random = CommonRandomNumbers.draw(generator(params.base.seed, "visits", number), histories.n_users, settings)
    exploration = settings.exploration if arm == EXPLORING else 0.0
    visits = visit(user, slates, exploration, random, world.preferences, world.scale, settings)
    texts = (two_stage.ranker, two_stage.recipe.model_dump_json()) if two_stage else ("", "")
    return vars(visits) | {"ranker": np.array(texts[:1]), "recipe": np.array(texts[1:])}


def _fit(
    world: World, arm: str, initial: InitialModel, number: int, histories: Histories
) -> tuple[Policy, TwoStage | None]:
    """Fit the model of an arm for a round."""
    if arm == POPULARITY:
        return fit_popularity_policy(histories), None
    if arm == SVD:
        return fit_svd_policy(histories, world.params), None
    fitted = initial.get() if number == 1 or arm == FROZEN else _fit_two_stage(world, histories)
    return fitted.policy, fitted


def _fit_two_stage(world: World, histories: Histories) -> TwoStage:
    return fit_two_stage(histories, world.items, with_caps(world.params, world.params.feedback_loop.retrain))


def append_clicks(histories: Histories, visits: Visits, moment: int) -> Histories:
    """Append the clicks of a round to the histories; slots are a second apart, slates a minute.

    Args:
        histories: the events before the round.
        visits: what was shown and clicked.
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
        item=np.concatenate((histories.item, visits.item[row, slate, slot].astype(np.int32)))[order],
        time=np.concatenate((histories.time, time))[order],
        rating=np.concatenate((histories.rating, rating))[order],
    )
