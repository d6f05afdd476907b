"""The engine of a Dask cluster: work is sent to each worker once, and results come back in order."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import dask
from distributed import Client, KilledWorker, LocalCluster

from recommender.engine.local import shown
from recommender.engine.parcel import Parcel
from recommender.errors import DataError, ParameterError

C = TypeVar("C")
T = TypeVar("T")

AHEAD = 3
"""Tasks per thread that are worked on or wait for it: with more, results would wait in memory."""
TOGETHER, TASKS = 8, 16
"""Most chunks in one task, as each task costs milliseconds; and tasks per thread that are better than longer ones."""
PATIENCE_S, GONE_S = 10, 60
"""Seconds to wait for a scheduler, and for a worker after the last one died."""
_CONFIG: dict[str, Any] = {
    # Dask would let workers give memory back at once: numpy, which asks for it again, takes twice the processor time.
    "distributed.nanny.pre-spawn-environ": {},
    # A hundred samples a second of what each worker does, for a page that nobody sees.
    "distributed.worker.profile.enabled": False,
    # Work is sent with a task, so that it is sent again if all workers that have it die.
    "distributed.admin.large-graph-warning-threshold": "1 TB",
}


class Cluster:
    """The engine of the workers of a cluster; see `local.Engine`."""

    def __init__(self, client: Client) -> None:
        """Use the workers of a client's cluster, at least one."""
        self._client, self._threads = client, sum(client.nthreads().values())

    def map(self, work: Callable[[C], T], chunks: Sequence[C]) -> Iterator[T]:
        """See `Engine.map`. If a worker dies, another one works on its chunks.

        Raises:
            DataError: worker after worker died.
        """
        return shown(self._results(work, chunks), len(chunks))

    def _results(self, work: Callable[[C], T], chunks: Sequence[C]) -> Iterator[T]:
        sent = self._client.submit(_same, Parcel(work), pure=False)
        size = min(max(len(chunks) // (TASKS * self._threads), 1), TOGETHER)
        tasks = (chunks[at : at + size] for at in range(0, len(chunks), size))
        begun = (self._client.submit(_work, sent, task, pure=False) for task in tasks)
        waiting = deque(islice(begun, AHEAD * self._threads))
        while waiting:
            yield from self._result(waiting.popleft())
            waiting.extend(islice(begun, 1))

    def _result(self, task: Any) -> Any:
        while True:
            try:
                return task.result(timeout=None if task.done() else GONE_S)
            except KilledWorker as error:
                raise _dead() from error
            except TimeoutError as error:
                if task.done():
                    raise
                if not self._client.nthreads():  # Dask gave up to start a new one
                    raise _dead() from error


def _dead() -> DataError:
    return DataError(
        "engine: worker after worker died at the same work, perhaps for lack of memory; use fewer engine.workers, or "
        "workers with more memory"
    )


def _same(parcel: Parcel) -> Parcel:
    return parcel


def _work(parcel: Parcel, task: Sequence[Any]) -> list[Any]:
    return [parcel(chunk) for chunk in task]


@contextmanager
def _settled() -> Iterator[None]:
    """Configure Dask, and let it tell warnings only."""
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with dask.config.set(_CONFIG):
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def start(workers: int) -> Iterator[Cluster]:
    """Start a cluster on this machine, for this process alone.

    Args:
        workers: processes, of one thread each.
    """
    places = {"host": "127.0.0.1", "dashboard_address": None, "scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"}}
    # With certificates that only these processes have: who reaches a scheduler can let its workers run any code.
    options = places | {"security": True, "memory_limit": 0, "threads_per_worker": 1, "silence_logs": logging.CRITICAL}
    with (
        _settled(),
        LocalCluster(n_workers=workers, **options) as cluster,
        Client(cluster, direct_to_workers=True) as client,
    ):
        yield Cluster(client)


@contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """Use a cluster that runs, and leave it running.

    Args:
        address: of its scheduler, such as tcp://host:8786.

    Raises:
        ParameterError: no scheduler answers there, or it has no worker.
    """
    with _settled():
        try:
            client = Client(address, timeout=PATIENCE_S)
        except (OSError, ValueError) as error:
            raise ParameterError(
                f"engine.address: no Dask scheduler answers at {address}; start it, or correct the address"
            ) from error
        with client:
            try:
                client.wait_for_workers(1, timeout=PATIENCE_S)
            except TimeoutError as error:
                raise ParameterError(f"engine.address: the scheduler at {address} has no worker; start one") from error
            yield Cluster(client)
