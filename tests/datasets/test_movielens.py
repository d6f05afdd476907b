from pathlib import Path

import pandas as pd
import pytest

from recommender.datasets.movielens import OCCUPATIONS, read_1m, read_100k
from recommender.datasets.prepared import complete
from recommender.errors import DataError
from tests.datasets.helpers import LATEST, write

FILES_100K = {
    "u.data": "196\t2\t3\t881250949\n1\t1\t5\t881250949\n1\t2\t4\t881250949\n",
    "u.genre": "unknown|0\nAction|1\nSci-Fi|2\n\n",
    "u.item": "1|Café (1995)|01-Feb-1995||http://x|0|1|1\n2|unknown||||1|0|0\n",
    "u.user": "1|24|M|writer|01234\n196|53|F|other|T8H1N\n",
}
FILES_1M = {
    "ratings.dat": "1::2::5::978300760\n12::1::3::978302109\n1::1::4::978300760\n",
    "movies.dat": "1::Café: (le) (1995)::Action|Sci-Fi\n2::No year::Drama\n3::Unseen (2000)::Drama\n",
    "users.dat": "1::F::1::10::48067\n12::M::56::16::70072\n",
}


def write_all(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        write(folder, name, text.encode("latin-1"))
    return folder


def test_100k(tmp_path: Path) -> None:
    log = complete(read_100k(write_all(tmp_path, FILES_100K), LATEST))
    assert log.interactions["user_id"].tolist() == [196, 1, 1]
    assert log.interactions["item_id"].tolist() == [2, 1, 2]
    assert log.interactions["rating"].tolist() == [3.0, 5.0, 4.0]
    assert log.interactions["timestamp"].iloc[0] == pd.Timestamp("1997-12-04T15:55:49Z")
    assert log.items.fillna("").to_dict("list") == {
        "item_id": [1, 2],
        "title": ["Café (1995)", "unknown"],
        "release_date": ["1995-02-01", ""],
        "genre_Action": [1, 0],
        "genre_Sci-Fi": [1, 0],
        "genre_unknown": [0, 1],
    }
    assert log.users.to_dict("list") == {
        "user_id": [1, 196],
        "age": [24, 53],
        "gender": ["M", "F"],
        "occupation": ["writer", "other"],
    }


def test_1m(tmp_path: Path) -> None:
    log = complete(read_1m(write_all(tmp_path, FILES_1M), LATEST))
    assert log.interactions["item_id"].tolist() == [2, 1, 1]
    assert log.items.fillna("").to_dict("list") == {
        "item_id": [1, 2, 3],
        "title": ["Café: (le) (1995)", "No year", "Unseen (2000)"],
        "release_date": ["1995-01-01", "", "2000-01-01"],
        "genre_Action": [1, 0, 0],
        "genre_Drama": [0, 1, 1],
        "genre_Sci-Fi": [1, 0, 0],
    }
    assert log.users.to_dict("list") == {
        "user_id": [1, 12],
        "age": [1, 56],
        "gender": ["F", "M"],
        "occupation": ["K-12 student", "self-employed"],
    }


def test_there_are_as_many_occupations_as_codes() -> None:
    assert len(OCCUPATIONS) == len(set(OCCUPATIONS)) == 21


@pytest.mark.parametrize("name", FILES_100K)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    write_all(tmp_path, {key: text for key, text in FILES_100K.items() if key != name})
    with pytest.raises(DataError, match=f"{name}: cannot be read .*run `dvc repro`"):
        read_100k(tmp_path, LATEST)


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("u.data", "5\t5\t6\t881250949", r"line 4: column 'rating': found '6', expected a rating from 1 to 5"),
        ("u.data", "5\t5\t5", r"line 4: found 3 fields, expected 4"),
        ("u.data", "5\t5\t5\tx", r"line 4: column 'timestamp': found 'x', expected seconds since 1970"),
        ("u.item", "3|A|1995|||0|0|0", "differs from the original file"),
        ("u.item", "3|A|01-Foo-1995|||0|0|0", "differs from the original file"),
        ("u.item", "x|A||||0|0|0", "differs from the original file"),
        ("u.user", "3|old|M|writer|1", "differs from the original file"),
    ],
)
def test_an_altered_line_is_refused(tmp_path: Path, name: str, line: str, said: str) -> None:
    write_all(tmp_path, FILES_100K | {name: f"{FILES_100K[name]}{line}\n"})
    with pytest.raises(DataError, match=f"{name}.*{said}"):
        read_100k(tmp_path, LATEST)


@pytest.mark.parametrize(
    ("name", "line"), [("movies.dat", "x::A (1995)::Drama"), ("users.dat", "3::F::1::99::1"), ("users.dat", "3::F")]
)
def test_an_altered_line_of_1m_is_refused(tmp_path: Path, name: str, line: str) -> None:
    write_all(tmp_path, FILES_1M | {name: f"{FILES_1M[name]}{line}\n"})
    with pytest.raises(DataError, match=name):
        read_1m(tmp_path, LATEST)
