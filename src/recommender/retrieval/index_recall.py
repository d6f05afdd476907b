"""How many of the best items the index of the factors finds, and the bound below which it is refused."""

from dataclasses import replace

import numpy as np

from recommender.errors import ParameterError
from recommender.log.histories import Histories
from recommender.log.views import Requests, View, draw_users
from recommender.retrieval.factors import ItemFactors
from recommender.retrieval.settings import SvdParams
from recommender.retrieval.sources.svd import Svd
from recommender.retrieval.top import chunk_size
from recommender.seeds import seed_for

SIZE = 100
"""Best items of each user that are looked for."""
USERS = 500


def require_recall(factors: ItemFactors, histories: Histories, params: SvdParams) -> float:
    """Measure the index on a sample of the users, each with the whole history.

    Args:
        factors: of the items.
        histories: the events that the factors were fitted to.
        params: the bound and the seed.

    Returns:
        The share of the best items, by all dot products, that the index finds.

    Raises:
        ParameterError: it is below the bound.
    """
    seed, bound = seed_for(params.base.seed, "index"), params.train_svd.index_recall
    found = 1.0 if factors.index == "exact" else recall_of(factors, histories, seed)
    if found < bound:
        raise ParameterError(
            f"train_svd.index_recall: {factors.index} found {found:.4f} of the {SIZE} best items of users, expected at "
            f"least {bound:g}; lower the bound, or use train_svd.index: exact"
        )
    return found


def recall_of(factors: ItemFactors, histories: Histories, seed: int) -> float:
    """Return the share of the best items that the index finds; see `require_recall`."""
    users, exact = np.flatnonzero(histories.lengths), replace(factors, index="exact")
    ends = histories.indptr[users + 1]
    everyone = Requests(users, histories.lengths[users], histories.time[ends - 1])
    requests, step = draw_users(everyone, USERS, seed), chunk_size(histories.n_items)
    right = wanted = 0
    for start in range(0, len(requests), step):
        view = View(histories, requests[start : start + step])
        blocked = view.seen | (histories.counts == 0)
        best, found = (Svd(one, Svd.own_decay).propose(view, blocked, SIZE) for one in (exact, factors))
        first = histories.n_items * np.arange(len(best))[:, None]
        right += int(np.isin((first + found)[found >= 0], (first + best)[best >= 0]).sum())
        wanted += int((best >= 0).sum())
    return right / max(wanted, 1)
