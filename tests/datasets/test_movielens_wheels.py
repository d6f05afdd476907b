import io
from typing import Any

import pandas as pd
import pytest

from recommender.datasets.movielens_wheels import UNUSED_IDS, rebuild
from recommender.errors import DataError


def parquet(rows: dict[str, list[Any]]) -> bytes:
    sink = io.BytesIO()
    pd.DataFrame(rows).to_parquet(sink)
    return sink.getvalue()


RATINGS = parquet({"user_id": [196, 1], "movie_id": [2, 1], "rating": [3, 5], "timestamp": [881250949, 7]})
ITEMS = parquet(
    {
        "movie_id": [1, 2],
        "movie_title": ["Café (1995)", "unknown"],
        "release_date": ["01-Jan-1995", None],
        "video_release_date": [float("nan")] * 2,
        "IMDb_URL": ["http://x/?a|b", None],
        "unknown": [0, 1],
        "Action": [1, 0],
    }
)
USERS = parquet(
    {
        "user_id": [1, 2],
        "age": [24, 53],
        "gender": ["M", "F"],
        "occupation": ["writer", "other"],
        "zip_code": ["01234", "T8H1N"],
    }
)


def test_100k_is_rebuilt_field_by_field() -> None:
    assert rebuild("ml-100k", [RATINGS, ITEMS, USERS]) == {
        "u.data": b"196\t2\t3\t881250949\n1\t1\t5\t7\n",
        "u.item": b"1|Caf\xe9 (1995)|01-Jan-1995||http://x/?a|b|0|1\n2|unknown||||1|0\n",
        "u.user": b"1|24|M|writer|01234\n2|53|F|other|T8H1N\n",
        "u.genre": b"unknown|0\nAction|1\n\n",
        "u.occupation": b"other\nwriter\n",
    }


def lines(*rows: str) -> bytes:
    return "".join(f"{row}\r\n" for row in ("header", *rows)).encode()


EVENTS_1M = lines("1m_1\tB (2000)\t5\t978300760", "1m_12\tCafé (1995)\t3\t978302109")
ITEMS_1M = lines("Café (1995)\tCafé\t1995\tAction Sci-Fi", "B (2000)\tB\t2000\tDrama")
USERS_1M = lines("1m_1\t25\tF\t10\t48067", "1m_12\t56\tM\t16\t70072")


def test_1m_is_rebuilt_field_by_field() -> None:
    assert rebuild("ml-1m", [EVENTS_1M, ITEMS_1M, USERS_1M]) == {
        "ratings.dat": b"1::2::5::978300760\n12::1::3::978302109\n",
        "movies.dat": b"1::Caf\xe9 (1995)::Action|Sci-Fi\n2::B (2000)::Drama\n",
        "users.dat": b"1::F::25::10::48067\n12::M::56::16::70072\n",
    }


def test_1m_skips_the_ids_that_the_original_does_not_use() -> None:
    titles = [f"Film {number} (1990)" for number in range(91)]
    items = lines(*(f"{title}\tx\t1990\tDrama" for title in titles))
    event = lines(f"1m_1\t{titles[-1]}\t5\t1")
    # The 91st film has id 92, because 91 is not in use.
    assert rebuild("ml-1m", [event, items, USERS_1M])["ratings.dat"] == b"1::92::5::1\n"
    assert len(UNUSED_IDS) == 3952 - 3883


def test_1m_corrects_the_one_altered_title() -> None:
    altered = "Associate, The (L'Associe (1982)"
    rebuilt = rebuild("ml-1m", [lines(f"1m_1\t{altered}\t5\t1"), lines(f"{altered}\tx\t1982\tComedy"), USERS_1M])
    assert rebuilt["movies.dat"] == b"1::Associate, The (L'Associe)(1982)::Comedy\n"
    assert rebuilt["ratings.dat"] == b"1::1::5::1\n"


@pytest.mark.parametrize("broken", [b"", b"PAR1 not parquet PAR1", parquet({"user_id": [1]})])
def test_100k_in_another_layout_is_refused(broken: bytes) -> None:
    with pytest.raises(DataError, match="another layout than expected"):
        rebuild("ml-100k", [RATINGS, ITEMS, broken])


@pytest.mark.parametrize(
    "broken", [lines("1m_1\tNo such film\t5\t1"), lines("1m_1"), b"\xff\xfe", lines("1m_1\tB (2000)\t5")]
)
def test_1m_in_another_layout_is_refused(broken: bytes) -> None:
    with pytest.raises(DataError, match="another layout than expected"):
        rebuild("ml-1m", [broken, ITEMS_1M, USERS_1M])
