"""A line of the request log for a live call: with the clock, and how long it took."""

import datetime as dt
import uuid

import numpy as np

from recommender.log.histories import Ints
from recommender.log.views import View
from recommender.ranking.scored import Scored
from recommender.request_log.description import explain
from recommender.request_log.lines import Line, moment, rounded


def live_line(
    view: View, scored: Scored, top: Scored, *, asked: int | None, user: int | str, model: str, policy: str,
    revision: str, k: int, seconds: float, counts: Ints,
) -> Line:  # fmt: skip
    """Describe one answered call.

    Args:
        view: one request.
        scored: what the policy scored.
        top: what was served.
        asked: the moment as of which the past was seen, microseconds; None for a user without events.
        user: id of the user.
        model: the requested policy.
        policy: the policy that answered.
        revision: hash of what it answered from.
        k: number of items requested.
        seconds: from the call to the answer.
        counts: events per item of the whole log, int64 (n_items,).
    """
    now = dt.datetime.now(dt.UTC)
    found = explain(view, np.array([asked or 0]), scored, top, policy, counts)[0]
    return Line.model_construct(
        request_id=uuid.uuid4().hex,
        time=now,
        as_of=now if asked is None else moment(asked),
        user=user,
        known=asked is not None,
        model=model,
        policy=policy,
        revision=revision,
        k=k,
        features=found.features,
        ranking=found.ranking,
        candidates=found.candidates,
        milliseconds=rounded(1000 * seconds),
    )
