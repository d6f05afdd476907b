"""The format of the request log: one JSON object per line, one line per request."""

import datetime as dt

from pydantic import BaseModel, ConfigDict

from recommender.files import DECIMALS

START = b'{"'
"""The start of every line; a line that starts so and is not JSON was cut off by a kill."""


class Offer(BaseModel):
    """Items with their scores, best first.

    Attributes:
        items: ids as in the log.
        scores: one for each item, higher is better; they compare within this offer only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: list[int | str]
    scores: list[float]


class Line(BaseModel):
    """One answered request.

    Attributes:
        request_id: unique in a log.
        time: when it was answered; in the log of the pipeline, which has no clock, the same as `as_of`.
        user: id as in the log of events.
        known: whether the user has events.
        model: the requested policy.
        policy: the policy that answered; users without events get `popularity`.
        revision: hash of what the policy answered from.
        k: number of items requested.
        as_of: the moment as of which the past was seen.
        features: see `explain.measure`; one that is not known is left out.
        ranking: what was served.
        candidates: what each source proposed; for a policy of one source its own list.
        milliseconds: from the call to the answer, loading included; not in the pipeline's log.
        arm: of the user in a live experiment, if it chose the model.
        context: what the caller said of the request, if anything.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    request_id: str
    time: dt.datetime
    user: int | str
    known: bool
    model: str
    policy: str
    revision: str
    k: int
    as_of: dt.datetime
    features: dict[str, float]
    ranking: Offer
    candidates: dict[str, Offer]
    milliseconds: float | None = None
    arm: str | None = None
    context: dict[str, str] | None = None


def encode(line: Line) -> bytes:
    """Write a line, its newline included."""
    return line.model_dump_json(exclude_none=True).encode() + b"\n"


def moment(microseconds: int) -> dt.datetime:
    """Return microseconds since 1970 as a moment in UTC."""
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)


def rounded(value: float) -> float:
    """Round as every file of this project does."""
    return round(value, DECIMALS)
