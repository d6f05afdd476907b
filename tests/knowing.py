"""What can be learnt from a small log, with the real parameters made small."""

from dataclasses import replace

import numpy as np

from recommender.features.context import ItemTable
from recommender.log.histories import Column, build_histories
from recommender.log.views import Requests
from recommender.retrieval.knowledge import fit_knowledge
from recommender.retrieval.source import Training
from recommender_lab.check.sections import AllParams as Params
from tests.logs import log
from tests.project.project import read_params

SMALL = {
    "train_svd": {"n_components": 3, "recall_at": [5]},
    "sequence": {"window": 4, "ridge_penalty": 1.0},
    "build_ranking": {"past_requests": 3, "negatives": 4},
    "recommend": {"k": 5},
    "evaluate": {"ks": [5]},
    "ab_test": {"k": 5},
}
PAUSES = (0, 1, 2, 30, 700, 4000, 100_000)


def params_of(**changes):
    """The parameters of this repository, made small, with changes to some sections."""
    values = read_params()
    values["candidates"] = dict.fromkeys(values["candidates"], 6) | {"neural": 0}  # needs torch
    for sections in (SMALL, changes):
        for section, keys in sections.items():
            values[section] |= keys
    return Params.model_validate(values)


def settings(**changes):
    return params_of(sequence=changes).sequence


def training(histories, sequence=None, symmetric=True):
    """What a source is fitted to."""
    return Training(histories, sequence or settings(), symmetric, 0)


def know(histories, params=None):
    return fit_knowledge(histories, params or params_of())


def busy_log(n_users=10, n_items=20, n_events=12, seed=0):
    """Users who meet some items in a random order, with pauses of every kind."""
    chance = np.random.default_rng(seed)
    rows = []
    for user in range(n_users):
        moments = chance.integers(0, 50_000) + np.cumsum(chance.choice(PAUSES, n_events))
        items = chance.permutation(n_items)[:n_events]
        rows += [(user, i, 1 + (user * i) % 5, t) for i, t in zip(items.tolist(), moments.tolist(), strict=True)]
    return build_histories([log(*rows)])


def further_columns(n):
    """A number and a text, each unknown in some rows."""
    rows = np.arange(n, dtype=np.float32)
    number, code = np.where(rows % 4 == 3, np.nan, 10 * rows), np.where(rows % 5 == 4, np.nan, rows % 3)
    return {"size": Column(number.astype(np.float32), False), "club": Column(code.astype(np.float32), True)}


def items_for(histories):
    """Three genres and a year, and one item of which nothing is known."""
    codes = np.arange(histories.n_items)
    genres = np.stack([codes % 2, codes % 3 == 0, codes % 5 == 1], axis=1).astype(np.float32)
    year = (1950 + codes).astype(np.float32)
    genres[7], year[7] = 0, np.nan
    return ItemTable(genres, year, further_columns(histories.n_items))


def requests_at(histories, users, positions, later=0):
    """Requests some seconds after the last known event."""
    user, position = np.array(users), np.array(positions)
    return Requests(user, position, histories.time[histories.indptr[user] + position - 1] + later * 1_000_000)


def with_another_future(histories, ends, seed):
    """Change items, ratings and times of all events from `ends[u]` on; nobody comes earlier than he did."""
    chance = np.random.default_rng(seed)
    future = np.arange(len(histories.item)) - histories.indptr[histories.user] >= ends[histories.user]
    size = int(future.sum())
    item, rating, time = histories.item.copy(), histories.rating.copy(), histories.time.copy()
    item[future] = chance.integers(0, histories.n_items, size)
    rating[future] = chance.integers(1, 6, size)
    time[future] += 1_000_000 * chance.integers(0, 1_000_000)
    return replace(histories, item=item, rating=rating, time=time)
