"""The engine of a Dask cluster: work is sent to each worker once, and results come back in order."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import dask
from distributed import Client, KilledWorker, LocalCluster

from recommender.engine.parcel import Parcel
from recommender.errors import DataError, ParameterError
from recommender.retrieval.chunks import shown

C = TypeVar("C")
T = TypeVar("T")

AHEAD = 3
"""Tasks per thread that are worked on or wait for it: with more, results would wait in memory."""
TOGETHER, TASKS = 8, 16
"""Most chunks in one task, as each task costs milliseconds; and tasks per thread that are better than longer ones."""
LOSSES = 3
"""How often all workers that have the work may die."""
# Dask would let workers give memory back at once: numpy, which asks for it again, then takes twice the processor time.
_CONFIG: dict[str, Any] = {"distributed.nanny.pre-spawn-environ": {}}


class Cluster:
    """The engine of the workers of a cluster; see `chunks.Engine`."""

    def __init__(self, client: Client) -> None:
        """Use the workers of a client's cluster."""
        self._client = client

    def map(self, work: Callable[[C], T], chunks: Sequence[C]) -> Iterator[T]:
        """See `Engine.map`. If a worker dies, another one works on its chunk.

        Raises:
            DataError: too many workers died.
        """
        return shown(self._results(Parcel(work), chunks), len(chunks))

    def _results(self, parcel: Parcel, chunks: Sequence[C]) -> Iterator[Any]:
        sent, losses = self._send(parcel), 0
        threads = sum(self._client.nthreads().values())
        rest = iter(_tasks(chunks, threads))
        waiting = deque((task, self._submit(sent, task)) for task in islice(rest, AHEAD * threads))
        while waiting:
            try:
                yield from waiting[0][1].result()
            except KilledWorker as error:
                raise _dead() from error
            except CancelledError as error:  # the parcel is lost: all that had it died
                if (losses := losses + 1) > LOSSES:
                    raise _dead() from error
                sent = self._send(parcel)
                waiting = deque((task, self._submit(sent, task)) for task, _ in waiting)
            else:
                waiting.popleft()
                waiting.extend((task, self._submit(sent, task)) for task in islice(rest, 1))

    def _send(self, parcel: Parcel) -> Any:
        return self._client.scatter(parcel, broadcast=True, hash=False)

    def _submit(self, sent: Any, task: Sequence[Any]) -> Any:
        return self._client.submit(_call, sent, task, pure=False)


def _tasks(chunks: Sequence[C], threads: int) -> list[Sequence[C]]:
    size = min(max(len(chunks) // (TASKS * threads), 1), TOGETHER)
    return [chunks[at : at + size] for at in range(0, len(chunks), size)]


def _call(parcel: Parcel, task: Sequence[Any]) -> list[Any]:
    return [parcel(chunk) for chunk in task]


def _dead() -> DataError:
    return DataError(
        "engine: worker after worker died at the same work, perhaps for lack of memory; use fewer engine.workers, or "
        "workers with more memory"
    )


@contextmanager
def start(workers: int) -> Iterator[Cluster]:
    """Start a cluster on this machine, for this process alone.

    Args:
        workers: processes, of one thread each.
    """
    places = {"host": "127.0.0.1", "dashboard_address": None, "scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"}}
    # With certificates that only these processes have: whoever reaches a scheduler can let it run any code.
    options = places | {"security": True, "memory_limit": 0, "threads_per_worker": 1}
    with (
        dask.config.set(_CONFIG),
        LocalCluster(n_workers=workers, **options) as cluster,
        Client(cluster, direct_to_workers=True) as client,
    ):
        yield Cluster(client)


@contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """Use a cluster that runs.

    Args:
        address: of its scheduler, such as tcp://host:8786.

    Raises:
        ParameterError: no scheduler answers there.
    """
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise ParameterError(f"engine.address: no Dask scheduler answers at {address}; start it first") from error
    with client:
        yield Cluster(client)
