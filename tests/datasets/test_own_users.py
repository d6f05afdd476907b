"""A user's own table of users."""

from pathlib import Path

import pytest

from recommender.datasets.interaction_log import read_log
from recommender.datasets.prepared import Log, complete
from recommender.errors import DataError
from tests.datasets.helpers import LATEST, PLAIN, dataset, write

COLUMNS = {"user": "who", "numbers": ["age"], "texts": ["club"]}


def read(folder: Path, users: str | None, log: str = PLAIN) -> Log:
    write(folder, "interactions.csv", log)
    if users is not None:
        write(folder, "users.csv", users)
    return read_log(folder, dataset(user_columns=COLUMNS), LATEST)


def refusal(folder: Path, users: str) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, users)
    return str(caught.value)


def test_every_user_of_the_log_has_a_row(tmp_path: Path) -> None:
    log = complete(read(tmp_path, "club,who,age,note\nred,2,40,x\nblue,9,50,y\n"))
    assert log.users["user_id"].tolist() == [1, 2]
    assert log.users["age"].tolist() == pytest.approx([float("nan"), 40], nan_ok=True)
    assert log.users["club"].isna().tolist() == [True, False]
    assert log.counted["users_without_row"] == 1


def test_a_user_whose_events_come_later_keeps_the_row(tmp_path: Path) -> None:
    """The service collects events of users who are in the table and not yet in the log."""
    assert set(read(tmp_path, "club,who,age\nred,2,40\nblue,9,50\n").users["user_id"]) == {1, 2, 9}


def test_without_a_table_they_have_ids_alone(tmp_path: Path) -> None:
    log = read(tmp_path, None)
    assert list(log.users.columns) == ["user_id"]
    assert "users_without_row" not in log.counted


def test_ids_that_are_text_in_either_table_are_text(tmp_path: Path) -> None:
    log = read(tmp_path, "club,who,age\nred,2,40\nblue,007,50\n")
    assert log.interactions["user_id"].tolist() == ["1", "2", "1"]
    assert set(log.users["user_id"]) == {"1", "2", "007"}


def test_a_bad_row_is_named_with_its_line(tmp_path: Path) -> None:
    place = f"{tmp_path}/users.csv (copy of dataset.users_path), line 3: column"
    header = "club,who,age\nred,2,40\n"
    assert refusal(tmp_path, f"{header}red,1,old\n").startswith(f"{place} 'age': found 'old', expected")
    twice = refusal(tmp_path, f"{header}red,2,40\n")
    assert twice.startswith(f"{place} 'who': found '2', expected each user once")
    assert refusal(tmp_path, f"{header}red,,40\n").startswith(f"{place} 'who': found '', expected an id")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    assert "users.csv (copy of dataset.users_path): column 'age' is missing" in refusal(tmp_path, "club,who\nred,2\n")


def test_a_table_of_other_users_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "club,who,age\nred,77,40\n")
    assert "has no user of the log; its ids look like 77, those of the log like 1" in message
    assert message.endswith("or set dataset.users_path to null")
