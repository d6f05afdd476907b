"""Reads the genres of a user's own table of items."""

import pyarrow as pa
import pyarrow.types as kinds

from recommender.datasets.raw_tables import RawTable
from recommender.datasets.separators import check_no_list, check_separator
from recommender.datasets.values import is_text
from recommender.errors import DataError

MOST_GENRES = 1000


def read_genres(table: RawTable, name: str, separator: str | None, none: str | None) -> tuple[list[list[str]], int]:
    """Return the genres of each item: a list in a Parquet file unchanged, text split at the separator.

    Args:
        table: the table of items as written in its file.
        name: its column of genres, text or lists of text.
        separator: what stands between two genres of one item; None if each text, or element of a list, is one genre.
        none: the text that says that an item has no genre; None if there is none.

    Returns:
        The genres of each item; and how many items have one that another separator takes apart into genres of others.

    Raises:
        DataError: the column holds something else, many rows have another separator (see `check_separator`), or there
            are more than 1,000 genres.
    """
    place, lists = f"{table.file}: column {name!r}", kinds.is_nested(table.columns[name].type)
    written = _elements(table, name) if lists else _texts(table, name, separator)
    named = [[genre.strip() for genre in some if genre] for some in written]
    genres = [[genre for genre in some if genre and genre != none] for some in named]
    right = sum(len(some) > 1 for some in written)
    others = check_separator(place, genres, None if lists else separator, right) if separator else 0
    count = len({genre for some in genres for genre in some})
    if count > MOST_GENRES:
        raise DataError(
            f"{place}: found {count:,} genres, expected at most {MOST_GENRES:,}; "
            f"check dataset.genre_separator ({separator!r})"
        )
    return genres, others


def _texts(table: RawTable, name: str, separator: str | None) -> list[list[str]]:
    texts = [text or "" for text in table.texts(name)]
    check_no_list(f"{table.file}: column {name!r}", texts, separator)
    return [text.split(separator) if separator else [text] for text in texts]


def _elements(table: RawTable, name: str) -> list[list[str]]:
    column = table.columns[name]
    if not _holds_text(getattr(column.type, "value_type", column.type)):
        raise DataError(
            f"{table.file}: column {name!r} holds {column.type}, expected text or lists of text; convert it"
        )
    return [some or [] for some in column.to_pylist()]


def _holds_text(kind: pa.DataType) -> bool:
    return bool(kinds.is_null(kind)) or is_text(pa.chunked_array([], kind))
