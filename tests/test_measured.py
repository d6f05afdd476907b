import json
import math
from pathlib import Path

import numpy as np
import pytest

from recommender.errors import DataError
from recommender.measured import parse_details, pick, read_details, write_measured

FOUND = {
    "users": 3,
    "arms": {"svd": {"rate": 0.25, "users": np.int64(1)}, "random": {"rate": np.float64(1 / 3), "users": 2}},
    "first": "1998-01-01, noon",
    "undefined": math.nan,
}
DETAILS = Path("metrics/details/one.csv")


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_measured("one", FOUND, ("users", "arms.*.rate"))
    return tmp_path


def test_the_metrics_are_what_was_named(written):
    found = json.loads(Path("metrics/one.json").read_text(encoding="utf-8"))
    assert found == {"users": 3, "arms": {"random": {"rate": 0.333333}, "svd": {"rate": 0.25}}}


def test_the_details_are_a_row_per_value_sorted_by_name(written):
    assert DETAILS.read_text(encoding="utf-8").splitlines() == [
        "name,value",
        "arms.random.rate,0.333333",
        "arms.random.users,2",
        "arms.svd.rate,0.25",
        "arms.svd.users,1",
        'first,"1998-01-01, noon"',
        "users,3",
    ]


def test_the_details_come_back_with_their_types(written):
    arms = {"random": {"rate": 0.333333, "users": 2}, "svd": {"rate": 0.25, "users": 1}}
    found = read_details(DETAILS)
    assert found == {"arms": arms, "first": "1998-01-01, noon", "users": 3}
    assert (type(found["users"]), type(found["arms"]["svd"]["rate"])) == (int, float)


def test_a_name_stands_for_the_whole_path():
    assert pick(FOUND, ("rate", "arms.svd", "use")) == {}
    assert pick(FOUND, ("*.users",)) == {"arms": {"random": {"users": 2}, "svd": {"users": 1}}}


def test_a_mapping_without_values_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_measured("one", {"arms": {}, "ratio": {"p": math.nan}}, ("ratio.p",))
    assert read_details(DETAILS) == {"arms": {}, "ratio": {}}


def test_nothing_found_is_a_table_without_rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_measured("one", {}, ("users",))
    assert read_details(DETAILS) == {}


@pytest.mark.parametrize("text", ["", "name\nusers\n", "name,value\nusers\n", '{"users": 3}\n'])
def test_a_damaged_table_is_named(text):
    with pytest.raises(DataError, match=r"^a\.csv: expected rows of name,value; delete it, then run `dvc repro`; "):
        parse_details(text, "a.csv")
