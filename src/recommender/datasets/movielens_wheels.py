"""Rebuilds the original MovieLens files from the copies that two wheels carry in layouts of their own."""

import io
from collections.abc import Callable, Sequence

import pandas as pd

from recommender.errors import DataError

# The ids of movies.dat run from 1 to 3952 without these.
_UNUSED = """
91 221 323 622 646 677 686 689 740 817 883 995 1048 1072 1074 1182 1195 1229 1239 1338 1402 1403 1418 1435 1451 1452
1469 1478 1481 1491 1492 1505 1506 1512 1521 1530 1536 1540 1560 1576 1607 1618 1634 1637 1638 1691 1700 1712 1736 1737
1745 1751 1761 1763 1766 1775 1778 1786 1790 1800 1802 1803 1808 1813 1818 1823 1828 1838 3815
"""
UNUSED_IDS = frozenset(map(int, _UNUSED.split()))
# The one title that the wheel altered.
ALTERED_TITLES = {"Associate, The (L'Associe (1982)": "Associate, The (L'Associe)(1982)"}
_USER_PREFIX = len("1m_")
_FIRST_GENRE = 5


def rebuild_100k(members: Sequence[bytes]) -> dict[str, bytes]:
    """Rebuild u.data, u.item, u.user, u.genre and u.occupation.

    Args:
        members: three Parquet files: the ratings, the items with one column per genre, the users.

    Returns:
        Content by file name.

    Raises:
        DataError: a member does not have that layout.
    """
    try:
        ratings, items, users = (pd.read_parquet(io.BytesIO(member)) for member in members)
        return {
            "u.data": _rows(ratings, "\t"),
            "u.item": _rows(items, "|"),
            "u.user": _rows(users, "|"),
            "u.genre": _lines([f"{name}|{number}" for number, name in enumerate(items.columns[_FIRST_GENRE:])] + [""]),
            "u.occupation": _lines(sorted(users["occupation"].unique())),
        }
    except (ValueError, KeyError, OSError) as error:
        raise DataError(f"the wheel's tables are not in the layout expected ({error})") from error


def _rows(frame: pd.DataFrame, separator: str) -> bytes:
    fields = [frame[name].astype(object).where(frame[name].notna(), "").astype(str) for name in frame.columns]
    return _lines([separator.join(row) for row in zip(*fields, strict=True)])


def _lines(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("latin-1")


def rebuild_1m(members: Sequence[bytes]) -> dict[str, bytes]:
    """Rebuild ratings.dat, movies.dat and users.dat.

    Args:
        members: three tab-separated files with a header: events and items that name an item by its title, and users.

    Returns:
        Content by file name.

    Raises:
        DataError: a member does not have that layout.
    """
    try:
        events, items, users = (_fields(member) for member in members)
        ids = {item[0]: str(number) for number, item in zip(_movie_ids(len(items)), items, strict=True)}
        return {
            "ratings.dat": _join(events, lambda row: (row[0][_USER_PREFIX:], ids[row[1]], row[2], row[3])),
            "movies.dat": _join(items, lambda row: (ids[row[0]], _title(row[0]), row[3].replace(" ", "|"))),
            "users.dat": _join(users, lambda row: (row[0][_USER_PREFIX:], row[2], row[1], row[3], row[4])),
        }
    except (ValueError, KeyError, IndexError) as error:
        raise DataError(f"the wheel's tables are not in the layout expected ({error!r})") from error


def _fields(member: bytes) -> list[list[str]]:
    return [line.split("\t") for line in member.decode("utf-8").split("\r\n")[1:-1]]


def _movie_ids(count: int) -> list[int]:
    """Return the first ids in use: titles stand in the order of movies.dat, so the position gives the id back."""
    return [number for number in range(1, count + len(UNUSED_IDS) + 1) if number not in UNUSED_IDS][:count]


def _title(title: str) -> str:
    return ALTERED_TITLES.get(title, title)


def _join(rows: list[list[str]], fields: Callable[[list[str]], tuple[str, ...]]) -> bytes:
    return _lines(["::".join(fields(row)) for row in rows])


REBUILD = {"ml-100k": rebuild_100k, "ml-1m": rebuild_1m}
