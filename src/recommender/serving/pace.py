"""How busy the service is: the requests of the last minute, and how long they took."""

import time
from collections import deque
from collections.abc import Callable

import numpy as np
from pydantic import BaseModel

SECONDS = 60.0
REQUESTS = 10_000
"""That are remembered at most; if the last minute had more, the time since the oldest one stands for it."""


class Minute(BaseModel):
    """Requests for data in the last minute.

    Attributes:
        requests: how many.
        per_second: how many in each second.
        p50_ms: half of them took no longer; nothing without a request.
        p99_ms: 99 of 100 took no longer.
        refused: answered with a status of 400 to 499.
        failed: answered with a status of 500 or more.
    """

    requests: int
    per_second: float
    p50_ms: float | None
    p99_ms: float | None
    refused: int
    failed: int


class Pace:
    """Remembers when requests ended, what became of them, and how long they took."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none; the clock is in seconds."""
        self._clock = clock
        self._ended: deque[tuple[float, float, int]] = deque(maxlen=REQUESTS)

    def note(self, seconds: float, status: int) -> None:
        """Remember a request that has just ended."""
        self._ended.append((self._clock(), seconds, status))

    def minute(self) -> Minute:
        """Describe the last minute."""
        now = self._clock()
        recent = [one for one in self._ended.copy() if one[0] > now - SECONDS]
        span = now - recent[0][0] if len(recent) == REQUESTS else SECONDS
        taken = np.array([seconds for _, seconds, _ in recent])
        p50, p99 = np.round(1000 * np.quantile(taken, (0.5, 0.99)), 1).tolist() if recent else (None, None)
        return Minute(
            requests=len(recent),
            per_second=round(len(recent) / span, 3),
            p50_ms=p50,
            p99_ms=p99,
            refused=sum(400 <= status < 500 for *_, status in recent),
            failed=sum(status >= 500 for *_, status in recent),
        )
