"""The latest answers of this process, and the clicks that came back with their ids to any process."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from pydantic import BaseModel

from recommender.estimate import Estimate
from recommender.evaluation.significance import widen
from recommender.serving.store import Erasure
from recommender.serving.stores import Store

ANSWERS = 5_000
"""That are remembered."""


class Share(BaseModel):
    """A share with the 95 % interval that holds for one look at it."""

    value: float
    low: float
    high: float


class Arm(BaseModel):
    """What became of the latest answers of one policy, or of one arm of the live experiment.

    Attributes:
        policy: who answered.
        arm: of the users; nothing if no experiment chose the policy.
        answers: how many.
        users: how many different ones, without anonymous sessions.
        shown: items in the answers to these users.
        clicked: those of them that were clicked.
        click_through: mean over the users of clicked / shown items; users, not answers, are independent.
        coverage: share of the bundle's items that is in any of the answers.
    """

    policy: str
    arm: str | None
    answers: int
    users: int
    shown: int
    clicked: int
    click_through: Share | None
    coverage: float


@dataclass(frozen=True)
class Shown:
    """One answer.

    Attributes:
        user: id as in the log; None for an anonymous session.
        is_known: whether the bundle has events of the user.
        policy: who answered.
        is_fallback: whether that is another one than was wanted.
        arm: of the user, if the live experiment chose the policy.
        items: ids, as they were shown.
        clicked: those that were clicked.
    """

    user: int | str | None
    is_known: bool
    policy: str
    is_fallback: bool
    arm: str | None
    items: frozenset[int | str]
    clicked: set[int | str] = field(default_factory=set)


class Traffic:
    """Remembers the latest answers; the store tells what users did, so clicks count whichever process took them."""

    def __init__(self, store: Store) -> None:
        """Begin with no answers, at the end of the store."""
        self._store, self._seq = store, store.last()
        self._answers: OrderedDict[str, Shown] = OrderedDict()
        self._changing, self._reading = threading.Lock(), threading.Lock()

    def add(self, request_id: str, shown: Shown) -> None:
        """Remember an answer."""
        with self._changing:
            self._answers[request_id] = shown
            if len(self._answers) > ANSWERS:
                self._answers.popitem(last=False)

    def latest(self) -> list[Shown]:
        """Return the latest answers with all clicks that were kept, and without users who were erased.

        Raises:
            StoreError: the events cannot be read.
        """
        with self._reading:
            while rows := self._store.since(self._seq):
                for self._seq, found in rows:
                    if isinstance(found, Erasure):
                        self._forget(found.user)
                    elif found.kind == "click" and found.request_id is not None:
                        self._click(found.request_id, found.user, found.item)
        with self._changing:
            return list(self._answers.values())

    def _forget(self, user: int | str) -> None:
        with self._changing:
            for request_id in [name for name, shown in self._answers.items() if shown.user == user]:
                del self._answers[request_id]

    def _click(self, request_id: str, user: int | str, item: int | str) -> None:
        with self._changing:
            shown = self._answers.get(request_id)
            if shown is not None and shown.user == user and item in shown.items:
                shown.clicked.add(item)


def arms_of(answers: Iterable[Shown], n_items: int) -> list[Arm]:
    """Describe each policy and arm.

    Args:
        answers: the latest ones.
        n_items: of the bundle.
    """
    groups: dict[tuple[str, str], list[Shown]] = {}
    for shown in answers:
        groups.setdefault((shown.policy, shown.arm or ""), []).append(shown)
    return [_arm(group, n_items) for _, group in sorted(groups.items())]


def _arm(answers: list[Shown], n_items: int) -> Arm:
    counts: dict[int | str, tuple[int, int]] = {}
    for one in answers:
        if one.user is not None and one.items:
            shown, clicked = counts.get(one.user, (0, 0))
            counts[one.user] = shown + len(one.items), clicked + len(one.clicked)
    return Arm(
        policy=answers[0].policy,
        arm=answers[0].arm,
        answers=len(answers),
        users=len(counts),
        shown=sum(shown for shown, _ in counts.values()),
        clicked=sum(clicked for _, clicked in counts.values()),
        click_through=_mean([clicked / shown for shown, clicked in counts.values()]),
        coverage=round(len(frozenset().union(*(one.items for one in answers))) / n_items, 6),
    )


def _mean(values: list[float]) -> Share | None:
    """Return the mean of one value per user, each from 0 to 1, with its interval; None without users."""
    if not values:
        return None
    mean, n = float(np.mean(values)), len(values)
    error = float(np.std(values, ddof=1)) / n**0.5 if n > 1 else 0.0
    low, high = widen(*Estimate(mean, error, max(n - 1, 1)).interval(), n, 0.0, 1.0)
    return Share(value=round(mean, 6), low=round(max(0.0, float(low)), 6), high=round(min(1.0, float(high)), 6))
