"""The sections `dataset`, `download` and `prepare` of params.yaml."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Literal, Protocol

from pydantic import Field, model_validator

from recommender.params import Section


class Further(Protocol):
    """The names of further columns of a table, by what they hold."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns of numbers."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Columns of texts, also numbers that are names, such as codes of regions."""


def _require_apart(further: list[str], taken: Iterable[str]) -> None:
    """Refuse further columns that stand twice or have a name that the prepared table uses for something else."""
    names = [*further, *dict.fromkeys(taken)]
    if twice := sorted({name for name in further if names.count(name) > 1}):
        raise ValueError(
            f"numbers, texts: {twice[0]!r} stands twice, or is the name of another column of the table; "
            "write each further column once, and rename such a column in the file"
        )


class LogColumns(Section):
    """The names of the columns in a user's own log, `null` for a column that it does not have; and further columns."""

    user: str
    item: str
    timestamp: str
    rating: str | None
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> "LogColumns":
        known = [name for name in (self.user, self.item, self.timestamp, self.rating) if name is not None]
        _require_apart([*self.numbers, *self.texts], (*known, "user_id", "item_id", "timestamp", "rating"))
        return self


class UserColumns(Section):
    """The names of the columns in a user's own table of users: of the ids, and further columns."""

    user: str
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> "UserColumns":
        _require_apart([*self.numbers, *self.texts], (self.user, "user_id"))
        return self


class ItemColumns(Section):
    """The names of the columns in a user's own table of items, `null` for one that it lacks; and further ones."""

    item: str
    title: str | None
    release_date: str | None
    genres: str | None
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> "ItemColumns":
        further = [*self.numbers, *self.texts]
        known = [name for name in (self.item, self.title, self.release_date, self.genres) if name is not None]
        _require_apart(further, (*known, "item_id", "title", "release_date"))
        if flags := [name for name in further if name.startswith("genre_")]:
            raise ValueError(f"numbers, texts: {flags[0]!r} begins like a prepared genre; rename it in the file")
        return self


class Dataset(Section):
    """Which log to use and how to read it."""

    name: Literal["movielens-100k", "movielens-1m", "interaction-log"]
    path: Annotated[str, Field(min_length=1)] | None
    items_path: Annotated[str, Field(min_length=1)] | None
    users_path: Annotated[str, Field(min_length=1)] | None
    columns: LogColumns
    item_columns: ItemColumns
    user_columns: UserColumns
    genre_separator: Annotated[str, Field(min_length=1)] | None
    no_genres: str | None
    time_unit: Literal["auto", "s", "ms", "us", "iso"]
    earliest: Annotated[dt.date, Field(ge=dt.date(1970, 1, 1))]
    rating_scale: tuple[float, float] | None

    @model_validator(mode="after")
    def _consistent(self) -> "Dataset":
        if self.name == "interaction-log" and self.path is None:
            raise ValueError("path: an interaction-log needs the path of a CSV or Parquet file")
        if self.rating_scale is not None and self.rating_scale[0] >= self.rating_scale[1]:
            raise ValueError("rating_scale: the lower end must be below the upper end")
        if "\0" in f"{self.path}{self.items_path}{self.users_path}":
            raise ValueError("path, items_path, users_path: a path cannot hold a NUL character")
        return self


class Download(Section):
    """How long to wait for a source."""

    timeout_s: Annotated[float, Field(gt=0, le=86_400)]


class Prepare(Section):
    """Which part of the log is kept."""

    user_fraction: Annotated[float, Field(gt=0, le=1)]
    part_events: Annotated[int, Field(ge=1, lt=2**31)]
