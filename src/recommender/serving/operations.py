"""What the page for operators shows, as one object."""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from recommender.evaluation.significance import ALPHA, wilson
from recommender.log.histories import DAY
from recommender.serving.fields import iso
from recommender.serving.pace import Minute
from recommender.serving.service import Service
from recommender.serving.traffic import Arm, Share, Shown, arms_of


class Users(BaseModel):
    """The users of the latest answers, without anonymous sessions.

    Attributes:
        asked: how many different ones.
        unknown: those of them of whom the bundle has no events; the evaluated run had none.
        unknown_share: of all, with its interval.
        fallbacks: answers by another policy than was wanted, as nothing was known of the user.
    """

    asked: int
    unknown: int
    unknown_share: Share | None
    fallbacks: int


class Fresh(BaseModel):
    """Events of the store that the bundle does not hold, from all processes.

    Attributes:
        since_training: views, clicks and ratings that count already, and are for the next training.
        unknown_items: those with items that the bundle does not know: no list can show these items yet.
        not_read: rows of the store that no answer of this process has read; the next answer does.
    """

    since_training: int
    unknown_items: int
    not_read: int


class Serving(BaseModel):
    """The bundle that answers.

    Attributes:
        revision: its name.
        known_until: time of its last event.
        age_days: since then.
        events: number of its events.
        users: number of its users.
        items: number of its items.
        evaluated: metrics of the run that it has the settings of, by policy.
    """

    revision: str
    known_until: str
    age_days: float
    events: int
    users: int
    items: int
    evaluated: dict[str, dict[str, float]]


class Operations(BaseModel):
    """How the service is doing.

    Attributes:
        process: number of the process that counted; with several workers each counts its own answers.
        since: start of this process.
        minute: requests in the last minute.
        arms: the latest answers by policy and arm.
        users: of the latest answers.
        events: that the bundle does not hold.
        bundle: that answers.
    """

    process: int
    since: str
    minute: Minute
    arms: list[Arm]
    users: Users
    events: Fresh
    bundle: Serving


def operations(service: Service) -> Operations:
    """Describe a service.

    Raises:
        StoreError: the events cannot be read.
    """
    release, latest = service.release, service.traffic.latest()
    manifest, journal = release.bundle.manifest, release.journal
    age = time.time_ns() // 1000 - release.bundle.known_until
    return Operations(
        process=os.getpid(),
        since=iso(service.since),
        minute=service.pace.minute(),
        arms=arms_of(latest, manifest.items),
        users=_users(latest),
        events=Fresh(since_training=journal.size, unknown_items=journal.unknown_items, not_read=service.lag()),
        bundle=Serving(
            revision=manifest.revision,
            known_until=manifest.known_until,
            age_days=round(age / DAY, 2),
            events=manifest.events,
            users=manifest.users,
            items=manifest.items,
            evaluated=_numbers(manifest.evaluated),
        ),
    )


def _users(latest: Sequence[Shown]) -> Users:
    known = {shown.user: shown.is_known for shown in latest if shown.user is not None}
    unknown = sum(not one for one in known.values())
    share = None
    if known:
        low, high = wilson(unknown, len(known), ALPHA)
        share = Share(value=round(unknown / len(known), 6), low=round(low, 6), high=round(high, 6))
    fallbacks = sum(shown.is_fallback for shown in latest)
    return Users(asked=len(known), unknown=unknown, unknown_share=share, fallbacks=fallbacks)


def _numbers(evaluated: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return the metrics of each policy; a manifest may hold other things too."""
    return {
        policy: {name: float(value) for name, value in values.items() if isinstance(value, (int, float))}
        for policy, values in evaluated.items()
        if isinstance(values, dict)
    }
