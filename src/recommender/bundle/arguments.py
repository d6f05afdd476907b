"""Checks the arguments of `recommend()` and brings them into the form that a bundle answers."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recommender.bundle.fold_in import Event
from recommender.columns import ITEM, POLICIES, RATING, TIME
from recommender.errors import ParameterError

Id = int | str


def require(user_id: object, model: object, k: object) -> None:
    """Refuse a user, a model or a number of items that is invalid.

    Raises:
        ParameterError: names the argument.
    """
    require_id(user_id, "user_id")
    if model not in POLICIES:
        raise ParameterError(f"model: {model!r} is unknown; choose one of {', '.join(POLICIES)}")
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise ParameterError(f"k: found {k!r}, expected a whole number of at least 1")


def require_id(value: object, name: str) -> None:
    """Refuse what cannot be an id of a log; `name` is the argument's, for the message."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer, str)):
        raise ParameterError(f"{name}: found {value!r}, expected an integer or text, as in the log")
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise ParameterError(f"{name}: {value!r} is not valid Unicode; give the id as in the log")


def folder_of(value: object, name: str) -> Path:
    """Return a folder that was given as text or as a path.

    Raises:
        ParameterError: it is neither, empty, or has a NUL character.
    """
    if not isinstance(value, (str, os.PathLike)) or not os.fspath(value) or "\0" in os.fsdecode(value):
        raise ParameterError(f"{name}: found {value!r}, expected the path of a folder")
    return Path(os.fsdecode(value))


def list_of(values: Any, name: str) -> list[Any]:
    """Return some values as a list; a single text is refused, as its letters would be taken for the values.

    Raises:
        ParameterError: it is not a list or the like.
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise ParameterError(f"{name}: found {values!r}, expected a list")
    return list(values)


def as_in_log(value: Id, known: Mapping[Id, int]) -> Id:
    """Return an id as the log has it: the text "42" means 42 where ids are integers, as on a command line."""
    if isinstance(value, np.integer):
        value = int(value)
    if value in known or isinstance(value, int) or isinstance(next(iter(known), ""), str):
        return value
    text = value.strip()
    is_number = len(text) < 20 and text.lstrip("-").isdecimal() and str(int(text)) == text
    return int(text) if is_number and abs(int(text)) < 1 << 63 else value


def moment_of(value: object, name: str) -> int:
    """Return a time as microseconds since 1970 UTC; one without a zone is UTC.

    Args:
        value: a datetime or text; a number is refused, as its unit is not known.
        name: of the argument, for the message.

    Raises:
        ParameterError: it is not a time.
    """
    try:
        if isinstance(value, (bool, int, float, np.number)):
            raise ValueError("a number has no unit")
        moment: Any = pd.Timestamp(value)  # type: ignore[arg-type]
        if moment is pd.NaT:
            raise ValueError("not a time")
        moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment
        return int(moment.as_unit("us").to_numpy().astype("int64"))  # Timestamp.value would be nanoseconds
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        raise ParameterError(
            f"{name}: found {value!r}, expected a time such as '2026-01-31 12:00' (UTC) or a datetime"
        ) from error


def events_of(values: Iterable[Mapping[str, Any]] | pd.DataFrame, items: Mapping[Id, int]) -> Sequence[Event]:
    """Return events that were given as rows.

    Args:
        values: rows with `item_id`, `timestamp` and maybe `rating`.
        items: the code of each known item.

    Raises:
        ParameterError: they are not rows; or a row lacks a value or has an invalid one.
    """
    rows = values.to_dict("records") if isinstance(values, pd.DataFrame) else list_of(values, "events")
    return [_event(row, f"events[{at}]", items) for at, row in enumerate(rows)]


def _event(row: Mapping[str, Any], name: str, items: Mapping[Id, int]) -> Event:
    if not isinstance(row, Mapping) or not {ITEM, TIME} <= set(row):
        raise ParameterError(f"{name}: found {row!r}, expected a mapping with {ITEM}, {TIME} and maybe {RATING}")
    require_id(row[ITEM], f"{name}: {ITEM}")
    rating = row.get(RATING)
    if rating is not None and (isinstance(rating, bool) or not isinstance(rating, (int, float, np.number))):
        raise ParameterError(f"{name}: {RATING}: found {rating!r}, expected a number")
    value = float("nan") if rating is None else float(rating)
    return Event(as_in_log(row[ITEM], items), moment_of(row[TIME], f"{name}: {TIME}"), value)


def context_of(values: object) -> dict[str, str]:
    """Return what is known of a request as texts by name.

    Raises:
        ParameterError: it is not a mapping of names to texts or numbers.
    """
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise ParameterError(f"context: found {values!r}, expected a mapping of names to texts or numbers")
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float, np.number)):
            raise ParameterError(f"context: {name}: found {value!r}, expected text or a number")
    return {name: str(value) for name, value in values.items()}
