import pytest

from tests.fuzz.__main__ import one, run
from tests.fuzz.readers import READERS


@pytest.mark.parametrize("name", READERS)
def test_the_file_that_is_damaged_is_a_good_one(name, tmp_path):
    READERS[name].check(tmp_path, READERS[name].good())


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_end_in_documented_errors_and_lose_no_row(name, tmp_path):
    assert run(name, 40, tmp_path)["failures"] == {}


def test_a_reader_that_loses_a_row_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.fuzz.readers.select", lambda events, *_: (events, {"rows": len(events) - 1}))
    assert any("assert" in one("csv", number, tmp_path).lower() for number in range(10))
