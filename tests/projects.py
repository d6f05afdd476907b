"""A project of any prepared log, with parameters made small, in which the models are fitted and nothing else ran."""

import shutil

import numpy as np
import pandas as pd

from recommender.files import write_json, write_table
from recommender.outputs import as_a_set
from recommender.parts import write_events
from tests.project.project import OWN, leaves, run_stages, set_params

STAGES = ["split", "train_svd", "train_sequence", "build_ranking", "train_ranker", "publish"]
SMALL = {
    "train_svd": {"n_components": 2, "recall_at": [5]},
    "candidates": {"popularity": 30, "svd": 30},
    "build_ranking": {"past_requests": 4},
    "train_ranker": {"num_leaves": 4, "min_data_in_leaf": 2, "max_rounds": 15, "learning_rate": 0.2},
    "recommend": {"k": 5},
    "evaluate": {"ks": [5]},
    "ab_test": {"k": 5},
}

TEXTS = {code: f'{code:02d} "Zoë\'s" 🙂, x' for code in range(30)}
"""Ids that are text, in the order of the numbers that they replace."""


def renamed(frame):
    return frame.assign(user_id=frame["user_id"].map(TEXTS), item_id=frame["item_id"].map(TEXTS))


def items_of(events):
    """Titles, dates and two genres; the last item is left without a date."""
    ids = np.sort(events["item_id"].unique())
    dates = [f"19{60 + at}-01-01" for at in range(len(ids) - 1)]
    return pd.DataFrame(
        {
            "item_id": ids,
            "title": [f"Title of {name}" for name in ids],
            "release_date": pd.array([*dates, None], "str"),
            "genre_a": np.arange(len(ids)) % 2,
            "genre_b": np.arange(len(ids)) % 3 == 0,
        }
    ).astype({"genre_a": "uint8", "genre_b": "uint8"})


def lay_out(folder, events, users=None, items=None, changes=None):
    """Lay out a project in a folder, with other values for some parameters; without a table of users, they have ids."""
    folder.mkdir(exist_ok=True)
    shutil.copy(OWN, folder / "params.yaml")
    set_params(folder, leaves(SMALL) | (changes or {}))
    with as_a_set():
        write_events(events, folder / "data/prepared/interactions.parquet")
    write_table(items_of(events) if items is None else items, folder / "data/prepared/items.parquet")
    known = pd.DataFrame({"user_id": np.sort(events["user_id"].unique())}) if users is None else users
    write_table(known, folder / "data/prepared/users.parquet")
    write_json(folder / "metrics/evaluate.json", {"two_stage": {"ndcg@5": 0.5}})  # nothing was evaluated
    return folder


def make_project(folder, events, **options):
    """Lay out a project in a folder and fit its models."""
    lay_out(folder, events, **options)
    assert run_stages(folder, STAGES) == dict.fromkeys(STAGES, 0)
    return folder
