"""Lists of items for many requests, in chunks of bounded memory."""

import numpy as np

from recommender.log.histories import Histories, Ints
from recommender.log.views import Requests, View
from recommender.policies import Policy
from recommender.ranking.scored import best
from recommender.retrieval.top import chunk_size

NOTHING = -1


def top_lists(policy: Policy, histories: Histories, requests: Requests, k: int) -> Ints:
    """Return the k best items of each request.

    Args:
        policy: any policy.
        histories: the events; a request sees only those before it.
        requests: n requests.
        k: items per list.

    Returns:
        Item codes by rank, int64 (n, k), -1 after the end of a list.
    """
    lists = np.full((len(requests), k), NOTHING)
    step = chunk_size(histories.n_items)
    for at in range(0, len(requests), step):
        top, rank = best(policy.score(View(histories, requests[at : at + step]), k), k)
        lists[at + top.request, rank - 1] = top.item
    return lists
