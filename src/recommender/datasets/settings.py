"""The sections `dataset`, `download` and `prepare` of params.yaml."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from recommender.params import Section


class LogColumns(Section):
    """The names of the columns in a user's own log; `null` for a column that the log does not have."""

    user: str
    item: str
    timestamp: str
    rating: str | None


class ItemColumns(Section):
    """The names of the columns in a user's own table of items; `null` for a column that it does not have."""

    item: str
    title: str | None
    release_date: str | None
    genres: str | None


class Dataset(Section):
    """Which log to use and how to read it."""

    name: Literal["movielens-100k", "movielens-1m", "interaction-log"]
    path: Annotated[str, Field(min_length=1)] | None
    items_path: Annotated[str, Field(min_length=1)] | None
    columns: LogColumns
    item_columns: ItemColumns
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
        if "\0" in f"{self.path}{self.items_path}":
            raise ValueError("path, items_path: a path cannot hold a NUL character")
        return self


class Download(Section):
    """How long to wait for a source."""

    timeout_s: Annotated[float, Field(gt=0, le=86_400)]


class Prepare(Section):
    """Which part of the log is kept."""

    user_fraction: Annotated[float, Field(gt=0, le=1)]
