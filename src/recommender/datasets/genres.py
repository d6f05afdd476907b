"""Reads the genres of a user's own table of items."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.types as kinds

from recommender.datasets.raw_tables import RawTable
from recommender.datasets.values import is_text
from recommender.errors import DataError

MOST_GENRES = 1000
_SEPARATORS = ("|", ",", ";", "/")
_MANY = 0.1
"""Share of the items with genres from which another separator is one."""


def read_genres(table: RawTable, name: str, separator: str | None, none: str | None) -> list[list[str]]:
    """Return the genres of each item: a list in a Parquet file unchanged, text split at the separator.

    Args:
        table: the table of items as written in its file.
        name: its column of genres, text or lists of text.
        separator: what stands between two genres of one item; None if no item has two.
        none: the text that says that an item has no genre; None if there is none.

    Raises:
        DataError: the column holds something else, no row has the separator where many have another, or there are
            more than 1,000 genres.
    """
    column = table.columns[name]
    if not kinds.is_nested(column.type):
        texts = [text or "" for text in table.texts(name)]
        _check_separator(f"{table.file}: column {name!r}", texts, separator)
        split = [text.split(separator) if separator else [text] for text in texts]
    elif _holds_text(getattr(column.type, "value_type", column.type)):
        split = [some or [] for some in column.to_pylist()]
    else:
        raise DataError(
            f"{table.file}: column {name!r} holds {column.type}, expected text or lists of text; convert it"
        )
    named = [[genre.strip() for genre in some if genre] for some in split]
    genres = [[genre for genre in some if genre and genre != none] for some in named]
    count = len({genre for some in genres for genre in some})
    if count > MOST_GENRES:
        raise DataError(
            f"{table.file}: column {name!r}: found {count:,} genres, expected at most {MOST_GENRES:,}; "
            f"check dataset.genre_separator ({separator!r})"
        )
    return genres


def _check_separator(place: str, texts: Sequence[str], separator: str | None) -> None:
    """Refuse lists written as text, and a separator that no row has where many have another."""
    texts = [text for text in texts if text.strip()]
    many = max(1, _MANY * len(texts))
    if len(lists := [text for text in texts if text.strip()[0] == "[" and text.strip()[-1] == "]"]) >= many:
        raise DataError(
            f"{place}: found {_short(lists)}, a list written as text, in {len(lists):,} of {len(texts):,} rows; "
            f"write Drama{separator or '|'}Comedy, or export lists as Parquet"
        )
    if separator is None or any(separator in text for text in texts):
        return
    found = {other: [text for text in texts if other in text] for other in _SEPARATORS}
    other, rows = max(found.items(), key=lambda pair: len(pair[1]))
    if len(rows) >= many:
        raise DataError(
            f"{place}: found {_short(rows)}, {other!r} in {len(rows):,} of {len(texts):,} rows, {separator!r} in none; "
            f"set dataset.genre_separator to {other!r}, or to null if each value is one genre"
        )


def _short(texts: Sequence[str]) -> str:
    return repr(texts[0] if len(texts[0]) <= 80 else f"{texts[0][:80]}…")


def _holds_text(kind: pa.DataType) -> bool:
    return bool(kinds.is_null(kind)) or is_text(pa.chunked_array([], kind))
