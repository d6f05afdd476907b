"""Reads the original files of MovieLens 100K and 1M."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from recommender.columns import AGE, EVENT, GENDER, ITEM, OCCUPATION, USER
from recommender.datasets.events import Limits, read_events
from recommender.datasets.prepared import Log, items_table
from recommender.datasets.raw_tables import RawTable, read_delimited
from recommender.datasets.values import read_ids
from recommender.errors import DataError

SCALE = (1.0, 5.0)
_USER_100K = (USER, AGE, GENDER, OCCUPATION, "zip")
_USER_1M = (USER, GENDER, AGE, OCCUPATION, "zip")
_ITEM_100K = (ITEM, "title", "date", "video_date", "link")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEAR = re.compile(r"\((\d{4})\)\s*$")
# The codes of users.dat, as the README of that edition explains them.
OCCUPATIONS = (
    *("other", "academic/educator", "artist", "clerical/admin", "college/grad student", "customer service"),
    *("doctor/health care", "executive/managerial", "farmer", "homemaker", "K-12 student", "lawyer", "programmer"),
    *("retired", "sales/marketing", "scientist", "self-employed", "technician/engineer", "tradesman/craftsman"),
    *("unemployed", "writer"),
)


def read_100k(raw: Path, latest: pd.Timestamp) -> Log:
    """Read u.data, u.item, u.user and u.genre.

    Args:
        raw: the folder of the files.
        latest: no event may be later.

    Returns:
        Integer ids; `release_date` is the day.

    Raises:
        DataError: a file is missing or broken.
    """
    events = _events(raw / "u.data", "\t", latest)
    genres = _column(read_delimited(raw / "u.genre", ("name", "number"), "|"), "name")
    table = read_delimited(raw / "u.item", (*_ITEM_100K, *genres), "|")
    flags = zip(*(_column(table, genre) for genre in genres), strict=True)
    has = [[genre for genre, flag in zip(genres, row, strict=True) if flag == "1"] for row in flags]
    with _original(table.file):
        dates = [_day(text) for text in _column(table, "date")]
        items = items_table(read_ids(table, ITEM).values(True), _column(table, "title"), dates, has)
    return Log(events, items, _users(read_delimited(raw / "u.user", _USER_100K, "|")))


def _day(text: str) -> str | None:
    """Convert 01-Jan-1995 to 1995-01-01, in any locale."""
    if not text:
        return None
    day, month, year = text.split("-")
    return f"{year}-{_MONTHS.index(month) + 1:02d}-{int(day):02d}"


def read_1m(raw: Path, latest: pd.Timestamp) -> Log:
    """Read ratings.dat, movies.dat and users.dat.

    Args:
        raw: the folder of the files.
        latest: no event may be later.

    Returns:
        Integer ids; `release_date` is the first day of the year in the title, the only date that this edition has;
        `age` is the lowest age of a group.

    Raises:
        DataError: a file is missing or broken.
    """
    events = _events(raw / "ratings.dat", "::", latest)
    table = read_delimited(raw / "movies.dat", (ITEM, "title", "genres"), "::")
    titles = _column(table, "title")
    dates = [f"{year[1]}-01-01" if year else None for year in map(_YEAR.search, titles)]
    genres = [text.split("|") for text in _column(table, "genres")]
    with _original(table.file):
        items = items_table(read_ids(table, ITEM).values(True), titles, dates, genres)
    raw_users = read_delimited(raw / "users.dat", _USER_1M, "::")
    users = _users(raw_users)
    with _original(raw_users.file):
        named = pd.array([OCCUPATIONS[int(code)] for code in users[OCCUPATION]], dtype="str")
    return Log(events, items, users.assign(**{OCCUPATION: named}))


def _events(path: Path, separator: str, latest: pd.Timestamp) -> pd.DataFrame:
    names = dict(zip(EVENT, EVENT, strict=True))
    return read_events(read_delimited(path, EVENT, separator), names, Limits(SCALE, latest))


def _column(table: RawTable, name: str) -> list[str]:
    return [text or "" for text in table.texts(name)]


def _users(table: RawTable) -> pd.DataFrame:
    with _original(table.file):
        columns = {
            USER: read_ids(table, USER).values(True),
            AGE: read_ids(table, AGE).values(True),
            GENDER: pd.array(_column(table, GENDER), dtype="str"),
            OCCUPATION: pd.array(_column(table, OCCUPATION), dtype="str"),
        }
    return pd.DataFrame(columns)


@contextmanager
def _original(file: str) -> Iterator[None]:
    """Report what cannot happen with the original files."""
    try:
        yield
    except (ValueError, IndexError, OverflowError) as error:
        raise DataError(f"{file}: differs from the original file ({error}); delete it, then run `dvc repro`") from error
