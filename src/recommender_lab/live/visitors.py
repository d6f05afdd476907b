"""Simulated users of the feedback loop who come over HTTP: they ask, look, click, rate, skip, and stay or leave."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import DAY, MICROSECONDS, Ints
from recommender.seeds import generator
from recommender.serving.fields import iso
from recommender_lab.feedback.clicks import click_probability, ratings
from recommender_lab.feedback.loop import SLATE_SECONDS
from recommender_lab.feedback.visits import CommonRandomNumbers
from recommender_lab.feedback.world import World
from recommender_lab.live.caller import Caller, Tally

CALLERS = 4
RATED = 0.5
"""Share of the clicked items that are rated too."""
RATING_SECONDS = 30
"""From the list to the ratings of its items."""


@dataclass(frozen=True)
class Crowd:
    """The users of one day.

    Attributes:
        world: what they like.
        seed: of this simulation.
        day: from 1.
        start: of the day, microseconds since 1970 UTC.
    """

    world: World
    seed: int
    day: int
    start: int

    @cached_property
    def numbers(self) -> CommonRandomNumbers:
        """The random numbers of the day."""
        histories, settings = self.world.original, self.world.params.feedback_loop
        return CommonRandomNumbers.draw(generator(self.seed, "live", self.day), histories.n_users, settings)

    @cached_property
    def codes(self) -> dict[int | str, int]:
        """The code of each item."""
        return {item: code for code, item in enumerate(self.world.original.items.tolist())}

    def come(self, port: int, tally: Tally, users: Ints) -> Ints:
        """Let users come, some at the same time.

        Args:
            port: of the service.
            tally: where it is counted.
            users: their codes.

        Returns:
            Codes of those who will return on the next day.
        """
        step = DAY // 2 // max(len(users), 1)

        def some(places: Iterable[int]) -> list[bool]:
            """Let the users at some places come one after the other; return who clicked."""
            caller = Caller(port, tally)
            clicked = [self.visit(caller, int(users[place]), self.start + place * step) for place in places]
            caller.close()
            return clicked

        shares = [range(first, len(users), CALLERS) for first in range(CALLERS)]
        clicked = np.zeros(len(users), dtype=np.bool_)
        with ThreadPoolExecutor(CALLERS) as pool:
            for share, found in zip(shares, pool.map(some, shares), strict=True):
                clicked[share.start :: CALLERS] = found
        settings = self.world.params.feedback_loop.visit
        chance = np.where(clicked, settings.return_after_click, settings.return_without)
        return users[self.numbers.returns[users] < chance]

    def visit(self, caller: Caller, user: int, start: int) -> bool:
        """Let one user look at one list after the other; return whether anything was clicked."""
        settings, name = self.world.params.feedback_loop, self.world.original.users[user : user + 1].tolist()[0]
        ever = False
        for slate in range(settings.visit.longest):
            now = start + slate * SLATE_SECONDS * MICROSECONDS
            answer = caller.ask(user=name, k=settings.k, now=iso(now))
            if not answer.get("items"):
                break
            items = [item["item_id"] for item in answer["items"]]
            liked = self._liked(user, items)
            clicked = self.numbers.click[user, slate, : len(items)] < click_probability(liked, settings.click)
            rated = clicked & (self.numbers.explore[user, slate, : len(items)] < RATED)
            common = {"user": name, "request_id": answer["request_id"]}
            caller.tell(self._events(common, items, clicked, rated, liked, now), answer.get("arm"))
            ever |= bool(clicked.any())
            stay = settings.visit.stay_after_click if clicked.any() else settings.visit.stay_without
            if self.numbers.stay[user, slate] >= stay:
                break
        return ever

    def _liked(self, user: int, items: list[int | str]) -> NDArray[np.float64]:
        codes = np.array([[self.codes.get(item, -1) for item in items]])
        return self.world.preferences.liked(np.array([user]), codes)[0]

    def _events(
        self,
        common: dict[str, Any],
        items: list[int | str],
        clicked: NDArray[np.bool_],
        rated: NDArray[np.bool_],
        liked: NDArray[np.float64],
        now: int,
    ) -> list[dict[str, Any]]:
        """Return the clicks and ratings; what stands above the last click without one was seen and is skipped."""
        above = np.arange(len(items)) < np.flatnonzero(clicked).max(initial=0)
        stars = ratings(liked, *self.world.scale)
        found = []
        for kind, chosen, seconds in (
            ("click", clicked, 0),
            ("skip", above & ~clicked, 0),
            ("rating", rated, RATING_SECONDS),
        ):
            for place in np.flatnonzero(chosen).tolist():
                event = common | {"item": items[place], "kind": kind, "rank": place + 1}
                event["event_id"] = f"{common['request_id']}-{kind}-{place + 1}"
                event["time"] = iso(now + (seconds + place + 1) * MICROSECONDS)
                found.append(event | ({"value": float(stars[place])} if kind == "rating" else {}))
        return found


def next_users(world: World, back: Ints, number: int, seed: int, day: int) -> Ints:
    """Return who comes on a day: those who return first, then others at random.

    Args:
        world: its users.
        back: codes of those who return.
        number: of users, at most all.
        seed: of this simulation.
        day: from 1.
    """
    known = np.flatnonzero(world.original.lengths > 0)
    others = generator(seed, "visitors", day).permutation(np.setdiff1d(known, back))
    return np.concatenate((back, others))[:number]
