"""Reads a user's own log, and a table of its items if there is one."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.types as kinds
from pydantic import BaseModel

from recommender.columns import ITEM, RATING, RELEASE_DATE, TIME, TITLE, USER
from recommender.datasets.events import AN_ID, Limits, check, read_events
from recommender.datasets.prepared import Log, items_table
from recommender.datasets.raw_tables import RawTable, read_user_table
from recommender.datasets.settings import Dataset
from recommender.datasets.values import Ids, is_text, read_dates, read_ids
from recommender.errors import DataError, ParameterError

MOST_GENRES = 1000
_GENRES = "genres"
_WORDS = {"user": USER, "item": ITEM, "timestamp": TIME, "rating": RATING}
_ITEM_WORDS = {"item": ITEM, "title": TITLE, "release_date": RELEASE_DATE, "genres": _GENRES}


def read_log(raw: Path, dataset: Dataset, latest: pd.Timestamp) -> Log:
    """Read interactions.csv or .parquet and, if it is there, items.csv or .parquet.

    Args:
        raw: the folder of the files.
        dataset: the names of the columns and how values are written.
        latest: no event may be later.

    Returns:
        Ids are int64 if every one is a plain integer, else text. Without a table of items, `items` is empty.

    Raises:
        DataError: a file is missing or a value is not valid; names the line.
        ParameterError: two columns of the log have one name.
    """
    names = _names(dataset.columns, _WORDS)
    if len(set(names.values())) < len(names):
        raise ParameterError(f"dataset.columns: {', '.join(names.values())}: expected a different name for each column")
    log = read_user_table(_one_of(raw, "interactions"), list(names.values()), "dataset.path")
    limits = Limits(dataset.rating_scale, latest, dataset.time_unit)
    items = _read_items(raw, dataset)
    events = read_events(log, names, limits, items[0] if items else None)
    users = pd.DataFrame({USER: events[USER].drop_duplicates()})
    if items is None:
        return Log(events, items_table(events[ITEM].iloc[:0], [], [], []), users)
    known = items_table(items[0].values(pd.api.types.is_integer_dtype(events[ITEM])), *items[1:])
    _check_match(known, events, raw)
    return Log(events, known, users)


def _check_match(items: pd.DataFrame, events: pd.DataFrame, raw: Path) -> None:
    """Refuse a table of items of another log, or with ids in another notation (`007`, `7.0`)."""
    if not events[ITEM].isin(items[ITEM]).any():
        there, met = items[ITEM].tolist()[0], events[ITEM].tolist()[0]
        raise DataError(
            f"{_one_of(raw, 'items')} (copy of dataset.items_path): has no item of the log; its ids look like "
            f"{there!r}, those of the log like {met!r}; write them in the same way, or set dataset.items_path to null"
        )


def _names(columns: BaseModel, words: dict[str, str]) -> dict[str, str]:
    """Return the file's name of each column that it has."""
    return {words[word]: name for word, name in columns.model_dump().items() if name is not None}


def _one_of(raw: Path, name: str) -> Path:
    parquet = raw / f"{name}.parquet"
    return parquet if parquet.exists() else raw / f"{name}.csv"


def _read_items(raw: Path, dataset: Dataset) -> tuple[Ids, list[str | None], list[str | None], list[list[str]]] | None:
    path = _one_of(raw, "items")
    if not path.exists():
        return None
    names = _names(dataset.item_columns, _ITEM_WORDS)
    table = read_user_table(path, list(names.values()), "dataset.items_path")
    ids = read_ids(table, names[ITEM])
    nothing: list[str | None] = [None] * len(ids.codes)
    dates, readable = read_dates(table, names[RELEASE_DATE]) if RELEASE_DATE in names else (nothing, ids.present())
    rules = [
        (ITEM, ids.present(), AN_ID),
        (ITEM, ~pd.Series(ids.codes).duplicated().to_numpy(), "each item once"),
        (RELEASE_DATE, readable, "nothing, a year or an ISO 8601 date"),
    ]
    check(table, names, rules)
    titles = table.texts(names[TITLE]) if TITLE in names else nothing
    genres = _genres(table, names[_GENRES], dataset.genre_separator) if _GENRES in names else [[] for _ in nothing]
    return ids, titles, dates, genres


def _genres(table: RawTable, name: str, separator: str) -> list[list[str]]:
    """Return the genres of each item: a list in a Parquet file unchanged, text split at the separator."""
    column = table.columns[name]
    if not kinds.is_nested(column.type):
        split = [(text or "").split(separator) for text in table.texts(name)]
    elif _holds_text(getattr(column.type, "value_type", column.type)):
        split = [some or [] for some in column.to_pylist()]
    else:
        raise DataError(
            f"{table.file}: column {name!r} holds {column.type}, expected text or lists of text; convert it"
        )
    genres = [[genre.strip() for genre in some if genre and genre.strip()] for some in split]
    count = len({genre for some in genres for genre in some})
    if count > MOST_GENRES:
        raise DataError(
            f"{table.file}: column {name!r}: found {count:,} genres, expected at most {MOST_GENRES:,}; "
            f"check dataset.genre_separator ({separator!r})"
        )
    return genres


def _holds_text(kind: pa.DataType) -> bool:
    return bool(kinds.is_null(kind)) or is_text(pa.chunked_array([], kind))
