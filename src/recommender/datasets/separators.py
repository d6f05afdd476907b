"""Finds genres that were not taken apart: another separator than the one that was said, or a list written as text."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from recommender.errors import DataError

_MANY = 0.1
"""Share of the items with genres from which something is no accident."""
_CLEAR = ("|", ",", ";", "/", "\t", "\n", "、", "，", "；")
_UNCLEAR = ("&", "+", "·", "•")
"""These are parts of names too, such as Action & Adventure: they separate only genres that other items have."""
_BRACKETS = {"[": "]", "{": "}", "(": ")"}
_AROUND = "[]{}()\"' "


@dataclass(frozen=True)
class _Suspect:
    """A separator that genres may still hold: how many rows hold it, and one of their genres."""

    mark: str
    rows: int
    genre: str


def check_no_list(place: str, texts: Sequence[str], separator: str | None) -> None:
    """Refuse lists that were written as text, such as `["Drama", "Comedy"]`.

    Args:
        place: file and column, for the message.
        texts: one per item, empty where it has no genre.
        separator: what should stand between two genres, for the message.

    Raises:
        DataError: many rows hold such a text.
    """
    texts = [text.strip() for text in texts if text.strip()]
    lists = [text for text in texts if _is_list(text)]
    if len(lists) >= _many(len(texts)):
        raise DataError(
            f"{place}: found {_short(lists[0])}, a list written as text, in {len(lists):,} of {len(texts):,} rows; "
            f"write Drama{separator or '|'}Comedy, or export lists as Parquet"
        )


def check_separator(place: str, genres: Sequence[Sequence[str]], separator: str | None, right: int) -> int:
    """Look for genres with another separator.

    Args:
        place: file and column, for the message.
        genres: of each item, as taken apart; none of them is blank.
        separator: what stood between them; None if they were elements of a list.
        right: how many rows hold that separator, or several elements.

    Returns:
        How many items have a genre that another separator takes apart into genres of other items.

    Raises:
        DataError: another separator stands in many rows, and the right one in none; or another one takes the genres
            of many rows apart into genres of other rows, and the right one stands in fewer rows.
    """
    marks = [mark for mark in (*_CLEAR, *_UNCLEAR) if mark != separator]
    names = {genre for some in genres for genre in some}
    apart = _most({mark: _recurring(names, mark) for mark in marks}, genres)
    held = _most({mark: {name for name in names if mark in name} for mark in marks if mark in _CLEAR}, genres)
    count = sum(bool(some) for some in genres)
    for suspect in (apart, held) if not right else (apart,):
        if suspect.rows >= _many(count) and suspect.rows > right:
            raise DataError(_message(place, suspect, count, right, separator))
    return apart.rows


def _message(place: str, suspect: _Suspect, count: int, right: int, separator: str | None) -> str:
    """Say which separator was found, and which parameter to set."""
    mark = repr(suspect.mark) if suspect.mark.isprintable() else json.dumps(suspect.mark)  # as YAML writes it
    found = f"{place}: found {_short(suspect.genre)}, {mark} in {suspect.rows:,} of {count:,} rows, "
    several = f"{right:,}" if right else "none"
    if separator is None:
        return (
            f"{found}several elements in {several}; export each genre as an element of its own, or set "
            "dataset.genre_separator to null if each element is one genre"
        )
    cure = f"{separator!r} in {several}; set dataset.genre_separator to {mark}"
    if right:
        return f"{found}{cure} and write it in every row, or correct the rows with {mark}"
    return f"{found}{cure}, or to null if each value is one genre"


def _is_list(text: str) -> bool:
    """Tell `["Drama"]`, `{Drama,Comedy}` and `('Drama',)` from a genre such as `(none)`."""
    return _BRACKETS.get(text[0]) == text[-1] and (text[0] != "(" or "," in text)


def _most(suspects: Mapping[str, Set[str]], genres: Sequence[Sequence[str]]) -> _Suspect:
    """Return the separator that stands in most rows."""
    found = [
        _Suspect(mark, sum(not names.isdisjoint(some) for some in genres), min(names))
        for mark, names in suspects.items()
        if names
    ]
    return max(found, key=lambda suspect: suspect.rows, default=_Suspect("", 0, ""))


def _recurring(names: Set[str], mark: str) -> set[str]:
    """Find the genres that a mark takes apart into genres that are met elsewhere, alone or beside others."""
    parts = {genre: frozenset(_parts(genre, mark)) for genre in names if mark in genre}
    met = Counter(part for some in parts.values() for part in some)
    alone = {genre for genre in names if mark not in genre}
    return {genre for genre, some in parts.items() if some and all(part in alone or met[part] > 1 for part in some)}


def _parts(genre: str, mark: str) -> Iterator[str]:
    return (part for piece in genre.split(mark) if (part := piece.strip(_AROUND)))


def _many(count: int) -> float:
    return max(1, _MANY * count)


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}…")
