"""A small world for the feedback loop, and the rounds of an arm in it."""

import numpy as np
import pandas as pd

from recommender_lab.feedback.checkpoints import Checkpoints
from recommender_lab.feedback.loop import InitialModel, run_arm
from recommender_lab.feedback.settings import FeedbackLoop
from recommender_lab.feedback.world import build_world
from tests.knowing import params_of
from tests.logs import log

LOOP = {
    "rounds": 3,
    "k": 3,
    "pool": 5,
    "exploration": 0.5,
    "preference": {"held_out": 0.4, "n_components": 3, "noise": 0.2, "midpoint": 1.0, "width": 0.5},
    "visit": {
        "longest": 2,
        "stay_after_click": 0.7,
        "stay_without": 0.3,
        "return_after_click": 0.9,
        "return_without": 0.6,
    },
    "retrain": {"ridge_items": 800, "past_requests": 2, "seeds": 1, "max_rounds": 3},
    "off_policy": {"repeats": 10},
}
RANKER = {"min_data_in_leaf": 2, "num_leaves": 4, "max_rounds": 3, "seeds": 1}
USERS, ITEMS, EVENTS = 30, 60, 16
PARAMS = params_of(feedback_loop=LOOP, train_ranker=RANKER)


def loop_params(**changes):
    values = PARAMS.feedback_loop.model_dump() | changes
    return PARAMS.model_copy(update={"feedback_loop": FeedbackLoop.model_validate(values)})


def events_of(seed=0):
    chance = np.random.default_rng(seed)
    rows = []
    for user in range(USERS):
        items = chance.permutation(ITEMS)[:EVENTS]
        rows += [(user, int(item), 1 + (user + int(item)) % 5, 3600 * at + user) for at, item in enumerate(items)]
    return log(*rows)


def items_frame():
    codes = np.arange(ITEMS)
    frame = pd.DataFrame({"item_id": codes, "title": "a", "release_date": "1990-01-01"})
    return frame.assign(genre_a=(codes % 2).astype("uint8"), genre_b=(codes % 3 == 0).astype("uint8"))


def world_of(**changes):
    return build_world(events_of(), items_frame(), loop_params(**changes))


def run(world, arm, folder, initial=None):
    return run_arm(world, arm, initial or InitialModel(world), Checkpoints(folder, {}.items()))
