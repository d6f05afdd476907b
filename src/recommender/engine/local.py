"""What an engine is, and the engine of this process."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tqdm import tqdm

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
