"""What the service takes and gives, as typed models; a field that is not known is refused."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StrictStr,
    Tag,
    WithJsonSchema,
    model_validator,
)

from recommender.serving.store import Kind

MAX_K, MAX_OFFSET, MAX_IDS, MAX_EVENTS, MAX_DAYS = 100, 1000, 1000, 1000, 3650
TEXT = 200
"""Longest id or name."""
_EPOCH, _MICROSECOND = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.timedelta(microseconds=1)
_FIRST, _LAST = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1900, 2200))


def microseconds(value: object) -> int:
    """Return a time in ISO 8601 as microseconds since 1970; one without a zone is UTC.

    Raises:
        ValueError: it is not such a text; a number is refused, as its unit is not known.
    """
    try:
        if not isinstance(value, str):
            raise ValueError("not a text")
        moment = dt.datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        if not _FIRST <= moment < _LAST:
            raise ValueError("not of these centuries")
        return (moment - _EPOCH) // _MICROSECOND
    except ValueError:
        raise ValueError("expected a time such as 1998-04-23T20:15:00Z, from 1900 to 2199") from None


def identity(value: object) -> int | str:
    """Return an id as it is given.

    Raises:
        ValueError: it is neither a whole number that logs can hold nor a text of a fair length.
    """
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    if isinstance(value, str) and 1 <= len(value) <= TEXT and not any("\ud800" <= one <= "\udfff" for one in value):
        return value
    raise ValueError(f"expected an integer of 64 bits or a text of 1 to {TEXT} letters")


def iso(moment: int) -> str:
    """Return microseconds since 1970 as a time in ISO 8601; `microseconds` reads it back."""
    return (_EPOCH + moment * _MICROSECOND).isoformat().replace("+00:00", "Z")


Time = Annotated[int, BeforeValidator(microseconds), WithJsonSchema({"type": "string", "format": "date-time"})]
Text = Annotated[StrictStr, Field(min_length=1, max_length=TEXT)]
_AN_ID = {"anyOf": [{"type": "integer"}, {"type": "string", "minLength": 1, "maxLength": TEXT}]}
Id = Annotated[int | str, PlainValidator(identity), WithJsonSchema(_AN_ID)]
Value = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Policy = Literal["random", "popularity", "svd", "two_stage"]
K = Annotated[int, Field(ge=1, le=MAX_K)]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET)]
Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]
Ids = Annotated[list[Id], Field(max_length=MAX_IDS)]
Genres = Annotated[list[Text], Field(max_length=100)]


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


class SessionEvent(BaseModel):
    """Something that happened in a session, known to this request only.

    Attributes:
        item: id as in the log.
        time: when; the end of what is known if it is left out.
        value: a rating; the mean one if it is left out.
    """

    model_config = _example(item=117, time="1998-04-23T20:15:00Z", value=4)

    item: Id
    time: Time | None = None
    value: Value | None = None


class Ask(BaseModel):
    """A request for recommendations.

    Attributes:
        user: id as in the log; without it the session is anonymous.
        events: newer than those that the service knows; they count at once and are not kept.
        k: how many items.
        policy: who should answer; users without events get `popularity`.
        now: the moment of the request; the end of what is known of the user if it is left out.
        exclude: ids of items that are not wanted.
        genres: only items that have one of them.
        genres_out: no items that have one of them.
        candidates: only these items are ranked.
        offset: how many items to leave out at the top, for a second page.
        explain: whether to say why.
    """

    model_config = _example(user=42, k=5, policy="two_stage", genres=["Comedy"], explain=True)

    user: Id | None = None
    events: Annotated[list[SessionEvent], Field(max_length=MAX_EVENTS)] = []
    k: K = 10
    policy: Policy = "two_stage"
    now: Time | None = None
    exclude: Ids = []
    genres: Genres = []
    genres_out: Genres = []
    candidates: Ids | None = None
    offset: Offset = 0
    explain: bool = False


class Recommended(BaseModel):
    """One item of an answer.

    Attributes:
        rank: from 1; goes on with the offset.
        item_id: as in the log.
        title: or the id, for an item without a title.
        score: compares within one answer only.
        sources: which sources proposed it, in alphabetical order; not in lists that are the same for every user.
        why: reasons in words, if they were asked for.
    """

    rank: int
    item_id: int | str
    title: str
    score: float
    sources: list[str] | None = None
    why: str | None = None


class Answered(BaseModel):
    """An answer.

    Attributes:
        request_id: to name in events that follow from it.
        revision: of the bundle that all of it comes from.
        policy: who answered.
        now: the moment as of which the past was seen.
        items: best first.
    """

    request_id: str
    revision: str
    policy: str
    now: str
    items: list[Recommended]


class Listed(BaseModel):
    """A list that is the same for every user.

    Attributes:
        revision: of the bundle that it comes from.
        items: best first.
    """

    revision: str
    items: list[Recommended]


class NewEvent(BaseModel):
    """Something that a user did.

    Attributes:
        event_id: any text of the caller's; the same one again changes nothing.
        user: id as in the log, or a new one.
        item: id as in the log, or a new one.
        kind: views, clicks and ratings count as history; an item that was skipped is not recommended again.
        value: of a rating.
        time: when; the clock of the service if it is left out.
        request_id: of the answer that showed the item.
        rank: of the item in that answer.
    """

    model_config = _example(
        event_id="6a1f", user=42, item=117, kind="click", time="1998-04-23T20:15:00Z", request_id="0b5c", rank=1
    )

    event_id: Text
    user: Id
    item: Id
    kind: Kind
    value: Value | None = None
    time: Time | None = None
    request_id: Text | None = None
    rank: Annotated[int, Field(ge=1, le=MAX_K + MAX_OFFSET)] | None = None

    @model_validator(mode="after")
    def _rating_has_a_value(self) -> "NewEvent":
        if (self.kind == "rating") != (self.value is not None):
            raise ValueError(f"value: a {self.kind} {'needs' if self.kind == 'rating' else 'has no'} value")
        return self


class NewEvents(BaseModel):
    """Several things that users did; all of them are kept or none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    events: Annotated[list[NewEvent], Field(min_length=1, max_length=MAX_EVENTS)]


def _tag(value: Any) -> str:
    several = "events" in value if isinstance(value, dict) else isinstance(value, NewEvents)
    return "several" if several else "one"


OneOrMore = Annotated[
    Annotated[NewEvent, Tag("one")] | Annotated[NewEvents, Tag("several")],
    Discriminator(_tag),
]


class Taken(BaseModel):
    """What became of events; those that were stored are on the disk.

    Attributes:
        stored: new ones.
        repeated: with an event_id that was there already.
        erased: of users who were erased; not kept.
    """

    stored: int
    repeated: int
    erased: int


class Erased(BaseModel):
    """What was erased.

    Attributes:
        events: how many were deleted.
    """

    events: int


class State(BaseModel):
    """How the service is.

    Attributes:
        status: `ok`.
        revision: of the bundle that answers.
        known_until: time of its last event.
    """

    status: str
    revision: str
    known_until: str


class Problem(BaseModel):
    """Why there is no answer.

    Attributes:
        error: one line: what was found, what was expected.
        request_id: as in the log of the service.
    """

    error: str
    request_id: str
