"""One simulated day after the other: users come, then the cycle runs while requests go on, and the bundle changes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recommender.bundle.live import Bundle
from recommender.bundle.releases import RELEASES, served, serving
from recommender.errors import DataError
from recommender.files import read_table
from recommender.log.histories import DAY, Ints
from recommender.params import PARAMS_FILE, load
from recommender.parts import read_events
from recommender_lab.cycle.__main__ import WORSE
from recommender_lab.drift.reader import LogReader, log_files
from recommender_lab.feedback.settings import LoopParams
from recommender_lab.feedback.world import World, build_world
from recommender_lab.live.accounting import Account, account
from recommender_lab.live.caller import Tally
from recommender_lab.live.night import Night
from recommender_lab.live.visitors import Crowd, next_users
from recommender_lab.live.working_copy import WorkingCopy

Say = Callable[[str], None]


@dataclass(frozen=True)
class Day:
    """What happened on one day and in the night after it.

    Attributes:
        number: from 1.
        visitors: users who came.
        back: of them, those who came on the day before too.
        revision: that answered them.
        age: days from the last event of that bundle to the start of the day.
        verdict: of the cycle.
        tally: what was counted.
    """

    number: int
    visitors: int
    back: int
    revision: str
    age: float
    verdict: str
    tally: Tally


@dataclass(frozen=True)
class Circle:
    """What a simulation leaves.

    Attributes:
        days: in order.
        account: of all events.
        logged: number of lists in the request log.
        items: number of items that can be shown.
    """

    days: list[Day]
    account: Account
    logged: int
    items: int

    @property
    def lists(self) -> int:
        """Number of lists that were answered."""
        return sum(day.tally.lists for day in self.days)

    @property
    def errors(self) -> list[str]:
        """Requests that were not answered, of all days."""
        return [error for day in self.days for error in day.tally.errors]

    @property
    def whole(self) -> bool:
        """Whether every request was answered, and no list or event is lost."""
        return not self.errors and self.account.whole and self.lists == self.logged


def turn(copy: WorkingCopy, days: int, users: int, seed: int, say: Say) -> Circle:
    """Release the bundle of the copy, serve it, and turn the circle once per day.

    Args:
        copy: of a project.
        days: how many, 1 or more.
        users: per day; all of the log if it has fewer.
        seed: of the simulation.
        say: is told what happens.

    Raises:
        DataError: the cycle fails, the service does not start, or it does not take a new bundle.
    """
    say("cycle before the first day")
    _cycle(copy)
    world, end = _world(copy)
    found, back = list[Day](), np.array([], dtype=np.int64)
    with copy.service(ahead_days=days + 1) as port:
        for number in range(1, days + 1):
            day, back = _day(copy, world, port, Plan(number, days, users, seed, end + number * DAY), back)
            say(f"day {number}: {day.visitors} users, {len(day.tally.acknowledged)} events; {day.verdict}")
            found.append(day)
    names = [name for day in found for name in day.tally.acknowledged]
    items = Bundle(served(copy.project)).manifest.items
    logged = sum(1 for _ in LogReader(log_files(copy.requests)))
    return Circle(found, account(copy.project, names), logged, items)


@dataclass(frozen=True)
class Plan:
    """Of one day.

    Attributes:
        number: of the day, from 1.
        days: in all.
        users: who come at most.
        seed: of the simulation.
        start: of the day, microseconds since 1970 UTC.
    """

    number: int
    days: int
    users: int
    seed: int
    start: int


def _day(copy: WorkingCopy, world: World, port: int, plan: Plan, back: Ints) -> tuple[Day, Ints]:
    """Let users come and run the cycle; return the day, and who will return."""
    tally, bundle = Tally(), Bundle(served(copy.project))
    users = next_users(world, back, plan.users, plan.seed, plan.number)
    returning = Crowd(world, plan.seed, plan.number, plan.start).come(port, tally, users)
    # In the last night nothing is viewed, so that the last cycle is trained on every event.
    views = plan.number < plan.days
    with Night(world, port, tally, plan.start + DAY * 3 // 4, plan.seed, views).going_on() as night:
        code = _cycle(copy)
        now = str(serving(copy.project / RELEASES))
        if not night.until(now):
            raise DataError(f"revision {now} was released, but does not answer; see {copy.logs / 'service.log'}")
    return (
        Day(
            number=plan.number,
            visitors=len(users),
            back=len(np.intersect1d(users, back)),
            revision=bundle.manifest.revision,
            age=(plan.start - bundle.known_until) / DAY,
            verdict="worse, not released" if code == WORSE else f"{now} released",
            tally=tally,
        ),
        returning,
    )


def _cycle(copy: WorkingCopy) -> int:
    code = copy.cycle()
    if code not in (0, WORSE):
        raise DataError(f"the cycle failed; {copy.logs / 'cycle.log'} ends with:\n{copy.end_of('cycle.log')}")
    return code


def _world(copy: WorkingCopy) -> tuple[World, int]:
    """Return the world of the copy's log, and the time of the last event."""
    folder = copy.project / "data/prepared"
    events, items = read_events(folder / "interactions.parquet"), read_table(folder / "items.parquet")
    params = load(LoopParams, copy.project / PARAMS_FILE)
    return build_world(events, items, params), Bundle(served(copy.project)).known_until
