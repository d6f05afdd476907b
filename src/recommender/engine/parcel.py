"""Work as it is sent to other processes."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg  # noqa: F401 - has a BLAS of its own, which the first limit of threads must find
from distributed.protocol import deserialize, serialize

from recommender.engine.alike import require_alike, surroundings
from recommender.threads import one_blas_thread


class Parcel:
    """A function and what it holds, as bytes: a process opens them once, and can pass them on while it works."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        """Pack a function.

        Args:
            work: any function, also one that is defined inside another.
        """
        self._expected = surroundings()
        self._header, frames = serialize(work)
        self._frames = [np.frombuffer(frame, dtype=np.uint8) for frame in frames]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_work"}

    def __call__(self, chunk: Any) -> Any:
        """Work on a chunk.

        Raises:
            ParameterError: the results of this process may differ from those of the one that packed the work.
        """
        with one_blas_thread():
            return self._work(chunk)

    @cached_property
    def _work(self) -> Callable[[Any], Any]:
        work: Callable[[Any], Any] = deserialize(self._header, [frame.data for frame in self._frames])
        require_alike(self._expected)
        return work
