"""A line of the request log for a live call: with the clock, and how long it took."""

import datetime as dt
from collections.abc import Mapping

from recommender.request_log.description import Explained
from recommender.request_log.lines import Line, moment, rounded


def live_line(
    found: Explained, *, request_id: str, asked: int | None, user: int | str, model: str, policy: str, revision: str,
    k: int, seconds: float, arm: str | None = None, context: Mapping[str, str] | None = None,
) -> Line:  # fmt: skip
    """Describe one answered call.

    Args:
        found: the answer, described.
        request_id: unique in the log.
        asked: the moment as of which the past was seen, microseconds; None for a user without events.
        user: id of the user.
        model: the requested policy.
        policy: the policy that answered.
        revision: hash of what it answered from.
        k: number of items requested.
        seconds: from the call to the answer.
        arm: of the user in a live experiment, if it chose the model.
        context: what the caller said of the request.
    """
    now = dt.datetime.now(dt.UTC)
    return Line.model_construct(
        request_id=request_id,
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
        arm=arm,
        context=dict(context) if context else None,
    )
