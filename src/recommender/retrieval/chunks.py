"""Works on many requests in chunks, so that memory stays bounded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from recommender.log.histories import Ints
from recommender.log.views import Requests
from recommender.retrieval.top import chunk_size
from recommender.threads import one_blas_thread

T = TypeVar("T")


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


def work_in_chunks(work: Callable[[Ints], T], requests: Requests, n_items: int, workers: int) -> list[T]:
    """Call a function with the rows of each chunk, with a progress bar on a terminal.

    Args:
        work: gets the rows of some requests, ascending.
        requests: n requests.
        n_items: number of items.
        workers: chunks worked on at once.

    Returns:
        The results, in the order of `chunks`.
    """
    parts = chunks(requests, n_items)
    with one_blas_thread(), ThreadPoolExecutor(workers) as pool:
        return list(tqdm(pool.map(work, parts), total=len(parts), disable=None, unit="chunk", leave=False))
