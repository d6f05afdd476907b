"""What each user of a live experiment did, one value per user and metric: users, not requests, are independent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from recommender.arms import arm_of
from recommender.ndcg import ndcg
from recommender.request_log.lines import Line
from recommender_lab.ab_test.live_events import Event

METRICS = ("click_through", "ndcg", "watch_share", "return_rate")


@dataclass
class Visitor:
    """What was counted of one user.

    Attributes:
        arm: of the user.
        days: of the requests, as ordinals.
        shown: number of items shown.
        clicked: number of them that were clicked.
        gains: NDCG of the clicks on each list, 0 without one.
        watched: lists with a rating.
    """

    arm: str
    days: set[int] = field(default_factory=set)
    shown: int = 0
    clicked: int = 0
    gains: list[float] = field(default_factory=list)
    watched: int = 0


@dataclass(frozen=True)
class Counted:
    """What a log holds.

    Attributes:
        users: one row per user: `user`, `arm`, `requests` and METRICS, NaN where a metric is not defined yet.
        others: requests that the user's arm did not answer; they are left out.
        unjoined: events whose request is not in the log, was left out or was of another user.
    """

    users: pd.DataFrame
    others: int
    unjoined: int


def count(lines: Iterable[Line], events: Iterable[Event], shares: Mapping[str, float], salt: str) -> Counted:
    """Join events to requests by the request's id, and count by user.

    Args:
        lines: of the request log.
        events: what came back; one item counts once per request and kind.
        shares: of the arms.
        salt: name of the experiment.

    Returns:
        `click_through`: clicked items / shown items; `ndcg`: mean over the user's lists of the NDCG of clicks;
        `watch_share`: share of the lists with a rating; `return_rate`: 1 if the user came back on a later day (UTC),
        else 0, not defined for those who first came on the log's last day.
    """
    waiting: dict[tuple[str, str], list[Event]] = {}
    total = 0
    for event in events:
        waiting.setdefault((event.request_id, str(event.user)), []).append(event)
        total += 1
    visitors: dict[int | str, Visitor] = {}
    others = joined = 0
    for line in lines:
        if line.user not in visitors:
            visitors[line.user] = Visitor(arm_of(line.user, shares, salt))
        if line.arm != visitors[line.user].arm:
            others += 1
            continue
        found = waiting.pop((line.request_id, str(line.user)), [])
        joined += len(found)
        _add(visitors[line.user], line, found)
    return Counted(_table(visitors), others, total - joined)


def _add(visitor: Visitor, line: Line, events: Iterable[Event]) -> None:
    places = {str(item): place for place, item in enumerate(line.ranking.items)}
    hits = np.zeros((1, max(len(places), 1)), dtype=np.bool_)
    for event in events:
        if event.kind == "click" and str(event.item) in places:
            hits[0, places[str(event.item)]] = True
    clicks = int(hits.sum())
    visitor.days.add(line.time.toordinal())
    visitor.shown += len(places)
    visitor.clicked += clicks
    visitor.gains.append(float(ndcg(hits, np.array([max(clicks, 1)]), hits.shape[1])[0]))
    visitor.watched += any(event.kind == "rating" for event in events)


def _table(visitors: Mapping[int | str, Visitor]) -> pd.DataFrame:
    met = {user: one for user, one in visitors.items() if one.gains}
    last = max((max(one.days) for one in met.values()), default=0)
    rows = [
        (
            user, one.arm, len(one.gains), one.clicked / one.shown if one.shown else np.nan, float(np.mean(one.gains)),
            one.watched / len(one.gains), float(len(one.days) > 1) if min(one.days) < last else np.nan,
        )
        for user, one in met.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["user", "arm", "requests", *METRICS])
