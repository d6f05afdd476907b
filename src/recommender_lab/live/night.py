"""Requests that go on while the cycle runs, until the new bundle answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from recommender.columns import POLICIES
from recommender.log.histories import MICROSECONDS
from recommender.seeds import generator
from recommender.serving.fields import iso
from recommender_lab.feedback.world import World
from recommender_lab.live.caller import Caller, Tally

PAUSE_SECONDS = 0.05
"""Between two requests, so that the cycle gets a processor."""
VIEWED = 10
"""One of so many lists has its first item viewed."""
SWAP_SECONDS = 60
"""How long a new bundle may take to answer after its release."""


class Night(Thread):
    """One caller who asks for all policies in turn, outside of the experiment, as the requests name a policy."""

    def __init__(self, world: World, port: int, tally: Tally, start: int, seed: int, views: bool) -> None:
        """Prepare the requests.

        Args:
            world: its users.
            port: of the service.
            tally: where it is counted.
            start: of the night, microseconds since 1970 UTC.
            seed: of this simulation.
            views: whether the first item of some lists is viewed, which is an event.
        """
        super().__init__(name="night", daemon=True)
        self._world, self._caller, self._start, self._views = world, Caller(port, tally), start, views
        self._random = generator(seed, "night", start)
        self._changed, self._ends = Event(), Event()
        self._revision, self._expected = "", ""

    def run(self) -> None:
        """Ask until the night ends."""
        users = self._world.original.users.tolist()
        number = 0
        while not self._ends.wait(PAUSE_SECONDS):
            number += 1
            now = self._start + number * MICROSECONDS
            user = users[int(self._random.integers(len(users)))]
            answer = self._caller.ask(user=user, policy=POLICIES[number % len(POLICIES)], now=iso(now))
            self._revision = answer.get("revision", self._revision)
            if self._revision and self._revision == self._expected:
                self._changed.set()
            if self._views and number % VIEWED == 0 and answer.get("items"):
                event = {"event_id": f"{answer['request_id']}-view", "user": user, "kind": "view", "time": iso(now)}
                item = answer["items"][0]["item_id"]
                self._caller.tell([event | {"item": item, "request_id": answer["request_id"], "rank": 1}])
        self._caller.close()

    def until(self, revision: str) -> bool:
        """Wait until a revision answers; return whether it did in time."""
        self._expected = revision
        return self._changed.wait(SWAP_SECONDS)

    @contextmanager
    def going_on(self) -> Iterator["Night"]:
        """Ask until the end of the block."""
        self.start()
        try:
            yield self
        finally:
            self._ends.set()
            self.join()
