"""One thread that works off what waits, as many at once as there are: whoever waits forms the next batch."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from recommender.errors import RecommenderError

T = TypeVar("T")
R = TypeVar("R")


class OverloadedError(RecommenderError):
    """Too many wait already; the caller should come back later."""


class Batcher(Generic[T, R]):
    """A bounded queue and a thread that takes from it.

    There is no timer: a lone entry is worked on at once, and those that arrive meanwhile are the next batch.
    """

    def __init__(
        self, name: str, work: Callable[[Sequence[T]], Sequence[R | Exception]], size: int, capacity: int
    ) -> None:
        """Start the thread.

        Args:
            name: of the thread, and for messages.
            work: takes 1 to `size` entries and returns a result for each; an error is given to all of them, but a
                result that is an exception only to its own.
            size: most entries at once.
            capacity: most entries that wait.
        """
        self._name, self._work, self._size = name, work, size
        self._waiting: queue.Queue[tuple[T, Future[R]] | None] = queue.Queue(capacity)
        self._open, self._door = True, threading.Lock()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """How many wait."""
        return self._waiting.qsize()

    def submit(self, entry: T) -> "Future[R]":
        """Put an entry in the queue.

        Raises:
            OverloadedError: the queue is full, or the thread is to stop.
        """
        future: Future[R] = Future()
        with self._door:  # nothing may come after the None of `close`
            if not self._open:
                raise OverloadedError(f"{self._name}: the service is stopping; ask again in a moment")
            try:
                self._waiting.put_nowait((entry, future))
            except queue.Full as error:
                raise OverloadedError(f"{self._name}: {self._waiting.maxsize} are waiting; ask again later") from error
        return future

    def close(self) -> None:
        """Work off what waits, take nothing more, and end the thread."""
        with self._door:
            if self._open:
                self._open = False
                self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, last = [first], False
            while len(batch) < self._size and not self._waiting.empty():
                entry = self._waiting.get()
                if entry is None:
                    last = True
                    break
                batch.append(entry)
            self._answer([one for one in batch if one[1].set_running_or_notify_cancel()])
            if last:
                return

    def _answer(self, batch: list[tuple[T, "Future[R]"]]) -> None:
        if not batch:
            return
        try:
            results = self._work([entry for entry, _ in batch])
        except Exception as error:  # whatever it is, those who wait must hear of it
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
