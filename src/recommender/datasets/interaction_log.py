"""Reads a user's own log, and a table of its items if there is one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel

from recommender.columns import ITEM, RATING, RELEASE_DATE, TIME, TITLE, USER
from recommender.datasets.events import AN_ID, NO_FLOAT, Limits, Rule, check, read_events
from recommender.datasets.further_columns import read_further
from recommender.datasets.genres import read_genres
from recommender.datasets.prepared import Log, items_table
from recommender.datasets.raw_tables import read_user_table
from recommender.datasets.settings import Dataset
from recommender.datasets.times import read_dates
from recommender.datasets.values import Ids, read_ids
from recommender.errors import DataError, ParameterError

_GENRES = "genres"
_WORDS = {"user": USER, "item": ITEM, "timestamp": TIME, "rating": RATING}
_ITEM_WORDS = {"item": ITEM, "title": TITLE, "release_date": RELEASE_DATE, "genres": _GENRES}


@dataclass(frozen=True)
class _Users:
    """A table of users, in the order of its file."""

    ids: Ids
    further: pd.DataFrame
    long_rows: int


@dataclass(frozen=True)
class _Items:
    """A table of items, in the order of its file."""

    ids: Ids
    titles: list[str | None]
    dates: list[str | None]
    genres: list[list[str]]
    further: pd.DataFrame
    counted: dict[str, int]


def read_log(raw: Path, dataset: Dataset, latest: pd.Timestamp) -> Log:
    """Read interactions.csv or .parquet and, if they are there, items.csv and users.csv, or .parquet.

    Args:
        raw: the folder of the files.
        dataset: the names of the columns and how values are written.
        latest: no event may be later.

    Returns:
        Ids are int64 if every one is a plain integer, else text. Without a table of items, `items` is empty; `users`
        has a row for every user of the log.

    Raises:
        DataError: a file is missing or a value is not valid; names the line.
        ParameterError: two columns of the log have one name.
    """
    names = _names(dataset.columns, _WORDS)
    if len(set(names.values())) < len(names):
        raise ParameterError(f"dataset.columns: {', '.join(names.values())}: expected a different name for each column")
    further = [*dataset.columns.numbers, *dataset.columns.texts]
    ids = [names[USER], names[ITEM]]
    log = read_user_table(_one_of(raw, "interactions"), [*names.values(), *further], "dataset.path", ids)
    limits = Limits(dataset.rating_scale, latest, dataset.time_unit, pd.Timestamp(dataset.earliest, tz="UTC"))
    items, described = _read_items(raw, dataset), _read_users(raw, dataset)
    events = read_events(log, names, limits, *(table.ids if table else None for table in (items, described)))
    events = pd.concat([events, read_further(log, dataset.columns)], axis=1) if further else events
    counted = {"rows_over_several_lines": log.long_rows}
    del log  # as large as the events
    pa.default_memory_pool().release_unused()
    users = pd.DataFrame({USER: events[USER].drop_duplicates()})
    if described:
        users, more = _with_further(users, described, raw)
        counted |= more
    if items is None:
        return Log(events, items_table(events[ITEM].iloc[:0], [], [], []), users, counted)
    own = items.ids.values(pd.api.types.is_integer_dtype(events[ITEM]))
    known = items_table(own, items.titles, items.dates, items.genres, items.further)
    _check_match(known[ITEM], events[ITEM], raw, "item")
    return Log(events, known, users, counted | items.counted)


def _with_further(users: pd.DataFrame, described: _Users, raw: Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the table of users with a row for each user of the log, and count the users that it lacks."""
    ids = described.ids.values(pd.api.types.is_integer_dtype(users[USER]))
    _check_match(ids, users[USER], raw, "user")
    missing = users[~users[USER].isin(ids)]
    table = pd.concat([ids.rename(USER), described.further], axis=1)
    counted = {"users_without_row": len(missing), "user_rows_over_several_lines": described.long_rows}
    return pd.concat([table, missing], ignore_index=True), counted


def _check_match(ids: "pd.Series[Any]", of_log: "pd.Series[Any]", raw: Path, word: str) -> None:
    """Refuse a table of items or users of another log, or with ids in another notation (`007`, `7.0`)."""
    if not of_log.isin(ids).any():
        there, met = ids.tolist()[0], of_log.tolist()[0]
        raise DataError(
            f"{_one_of(raw, f'{word}s')} (copy of dataset.{word}s_path): has no {word} of the log; its ids look like "
            f"{there!r}, those of the log like {met!r}; write them in the same way, or set dataset.{word}s_path to null"
        )


def _names(columns: BaseModel, words: dict[str, str]) -> dict[str, str]:
    """Return the file's name of each column that has a meaning here, if the file has it."""
    names = columns.model_dump()
    return {meaning: names[word] for word, meaning in words.items() if names[word] is not None}


def _one_of(raw: Path, name: str) -> Path:
    parquet = raw / f"{name}.parquet"
    return parquet if parquet.exists() else raw / f"{name}.csv"


def _read_users(raw: Path, dataset: Dataset) -> _Users | None:
    path, columns = _one_of(raw, "users"), dataset.user_columns
    if not path.exists():
        return None
    table = read_user_table(path, [columns.user, *columns.numbers, *columns.texts], "dataset.users_path")
    ids = read_ids(table, columns.user)
    check(table, {USER: columns.user}, _once(ids, USER, "user"))
    return _Users(ids, read_further(table, columns), table.long_rows)


def _once(ids: Ids, column: str, word: str) -> list[Rule]:
    """Return the rules of the ids of a table with one row per id."""
    return [
        (column, ids.present(), AN_ID),
        (column, ids.whole(), NO_FLOAT),
        (column, ~pd.Series(ids.codes).duplicated().to_numpy(), f"each {word} once"),
    ]


def _read_items(raw: Path, dataset: Dataset) -> _Items | None:
    path = _one_of(raw, "items")
    if not path.exists():
        return None
    columns = dataset.item_columns
    names = _names(columns, _ITEM_WORDS)
    table = read_user_table(path, [*names.values(), *columns.numbers, *columns.texts], "dataset.items_path")
    ids = read_ids(table, names[ITEM])
    nothing: list[str | None] = [None] * len(ids.codes)
    dates, readable = read_dates(table, names[RELEASE_DATE]) if RELEASE_DATE in names else (nothing, ids.present())
    rules = [*_once(ids, ITEM, "item"), (RELEASE_DATE, readable, "nothing, a year or an ISO 8601 date")]
    check(table, names, rules)
    titles = table.texts(names[TITLE]) if TITLE in names else nothing
    genres: list[list[str]] = [[] for _ in nothing]
    others = 0
    if _GENRES in names:
        genres, others = read_genres(table, names[_GENRES], dataset.genre_separator, dataset.no_genres)
    counted = {"item_rows_over_several_lines": table.long_rows, "items_with_another_separator": others}
    return _Items(ids, titles, dates, genres, read_further(table, columns), counted)
