"""Work that is done chunk by chunk, so that memory stays bounded, and the engines that do it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from tqdm import tqdm

from recommender.log.histories import Ints
from recommender.log.views import Requests
from recommender.retrieval.top import chunk_size
from recommender.threads import one_blas_thread

C = TypeVar("C")
T = TypeVar("T")


class Engine(Protocol):
    """Where chunks are worked on. Every engine gives the same results."""

    def map(self, work: Callable[[C], T], chunks: Sequence[C]) -> Iterator[T]:
        """Call a function with each chunk, with a progress bar on a terminal.

        Args:
            work: a pure function; what it needs besides the chunk, it holds.
            chunks: what is worked on; several at once.

        Returns:
            The results, in the order of the chunks.
        """
        ...


@dataclass(frozen=True)
class Local:
    """The engine of this process.

    Attributes:
        workers: threads.
    """

    workers: int = 1

    def map(self, work: Callable[[C], T], chunks: Sequence[C]) -> Iterator[T]:
        """See `Engine.map`."""
        with one_blas_thread(), ThreadPoolExecutor(self.workers) as pool:
            yield from shown(pool.map(work, chunks), len(chunks))


ONE_THREAD = Local()
"""One thread of this process."""


def shown(results: Iterable[T], total: int) -> Iterator[T]:
    """Return the results of chunks, with a progress bar on a terminal while they come."""
    return iter(tqdm(results, total=total, disable=None, unit="chunk", leave=False))


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
