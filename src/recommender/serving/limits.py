"""How many requests an address may send: a bucket of tokens for each, which fills again at a steady rate."""

import time
from collections import OrderedDict
from collections.abc import Callable

BURST_SECONDS = 5
"""A full bucket has as many tokens as come in this time."""
ADDRESSES = 10_000
"""Buckets that are remembered; the one that was unused for longest goes first."""


class Limits:
    """Buckets by address. A request takes one token."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with full buckets.

        Args:
            per_second: tokens that come into a bucket, above 0.
            clock: in seconds.
        """
        self._rate, self._clock = per_second, clock
        self._most = max(1.0, per_second * BURST_SECONDS)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Take a token; return 0, or after how many seconds there will be one if the bucket is empty."""
        now = self._clock()
        tokens, since = self._buckets.pop(address, (self._most, now))
        tokens = min(self._most, tokens + self._rate * (now - since))
        missing = max(0.0, 1.0 - tokens)
        self._buckets[address] = (tokens if missing else tokens - 1.0, now)
        if len(self._buckets) > ADDRESSES:
            self._buckets.popitem(last=False)
        return missing / self._rate
