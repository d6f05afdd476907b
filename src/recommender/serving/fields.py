"""The values that requests hold: times, ids, numbers and their limits."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator, StrictStr, WithJsonSchema

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
Facts = Annotated[dict[Text, Annotated[StrictStr, Field(max_length=TEXT)]], Field(max_length=20)]
