"""What the service takes and gives, as typed models; a field that is not known is refused."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from recommender.serving.fields import (
    MAX_EVENTS,
    MAX_K,
    MAX_OFFSET,
    Facts,
    Genres,
    Id,
    Ids,
    K,
    Offset,
    Policy,
    Text,
    Time,
    Value,
)
from recommender.serving.store import Kind

DEFAULT: Policy = "two_stage"


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


class SessionEvent(BaseModel):
    """Something that happened in a session, known to this request only.

    Attributes:
        item: id as in the log.
        time: when; the end of what is known if it is left out; an event of the future is refused.
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
        policy: who should answer; if it is left out, the user's arm of the live experiment, or `two_stage` without one.
            Users without events get `popularity`.
        now: the moment of the request; the end of what is known of the user if it is left out.
        exclude: ids of items that are not wanted.
        genres: only items that have one of them.
        genres_out: no items that have one of them.
        candidates: only these items are ranked.
        offset: how many items to leave out at the top, for a second page.
        explain: whether to say why.
        context: what the caller knows of the request, such as its page; it is kept in the request log, and the ranker
            uses what is a further column of the log (`features.request_columns`).
    """

    model_config = _example(user=42, k=5, genres=["Comedy"], explain=True, context={"page": "start"})

    user: Id | None = None
    events: Annotated[list[SessionEvent], Field(max_length=MAX_EVENTS)] = []
    k: K = 10
    policy: Policy | None = None
    now: Time | None = None
    exclude: Ids = []
    genres: Genres = []
    genres_out: Genres = []
    candidates: Ids | None = None
    offset: Offset = 0
    explain: bool = False
    context: Facts = {}

    @property
    def wanted(self) -> Policy:
        """Who should answer."""
        return self.policy or DEFAULT


class Recommended(BaseModel):
    """One item of an answer.

    Attributes:
        rank: from 1; goes on with the offset.
        item_id: as in the log.
        title: or the id, for an item without a title.
        genres: in the order of the log's columns.
        score: compares within one answer only.
        sources: which sources proposed it, in alphabetical order; not in lists that are the same for every user.
        why: reasons in words, if they were asked for.
    """

    rank: int
    item_id: int | str
    title: str
    genres: list[str]
    score: float
    sources: list[str] | None = None
    why: str | None = None


class Answered(BaseModel):
    """An answer.

    Attributes:
        request_id: to name in events that follow from it.
        revision: of the bundle that all of it comes from.
        arm: of the user in the live experiment, if it chose the policy.
        policy: who answered.
        now: the moment as of which the past was seen.
        items: best first.
    """

    request_id: str
    revision: str
    arm: str | None = None
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
        time: when; the clock of the service if it is left out; an event of the future is refused.
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
            raise ValueError(f"value: a {self.kind} {'needs a' if self.kind == 'rating' else 'has no'} value")
        return self


class NewEvents(BaseModel):
    """Several things that users did; all of them are kept or none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    events: Annotated[list[NewEvent], Field(min_length=1, max_length=MAX_EVENTS)]


class Choices(BaseModel):
    """What a page can offer before anybody has asked for anything.

    Attributes:
        users: ids of some users of the log.
        ratings: the different ratings of the log, ascending; five between the lowest and the highest if they are more
            than ten, and none if all are equal.
    """

    users: list[int | str]
    ratings: list[float]


class Met(BaseModel):
    """An item of a history.

    Attributes:
        item_id: as in the log.
        title: or the id, for an item without a title.
        genres: in the order of the log's columns.
        time: of the event.
    """

    item_id: int | str
    title: str
    genres: list[str]
    time: str


class History(BaseModel):
    """What is known of a user.

    Attributes:
        events: how many in all.
        items: of the latest ones, newest first.
    """

    events: int
    items: list[Met]


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
