"""Divides requests into chunks that are worked on one by one, so that memory stays bounded."""

import numpy as np

from recommender.log.histories import Ints
from recommender.log.views import Requests
from recommender.retrieval.top import chunk_size


def chunks(requests: Requests, n_items: int) -> list[Ints]:
    """Divide requests into chunks.

    Requests of similar times go together: `recent_popularity` counts all events between the first and the last of them.

    Args:
        requests: n requests.
        n_items: number of items.

    Returns:
        The rows of each chunk, ascending; one empty chunk if there are no requests.
    """
    order, size = np.argsort(requests.time, kind="stable"), chunk_size(n_items)
    return [np.sort(order[at : at + size]) for at in range(0, max(len(order), 1), size)]
