import datetime as dt
import json

import pytest
from pydantic import ValidationError

from recommender.request_log.lines import START, Line, encode, moment, rounded
from tests.recommender_lab.drift.made import line


def test_one_line_of_json_that_begins_as_every_line_does():
    content = encode(line(user='7 "é"\n'))
    assert content.count(b"\n") == 1
    assert content.endswith(b"}\n")
    assert content.startswith(START)
    assert json.loads(content)["user"] == '7 "é"\n'


@pytest.mark.parametrize("user", [7, "7", "007", "🙂"])
def test_an_id_keeps_its_type(user):
    assert Line.model_validate_json(encode(line(user=user))).user == user


def test_what_is_not_known_is_not_written():
    assert "milliseconds" not in json.loads(encode(line()))
    assert json.loads(encode(line(milliseconds=1.5)))["milliseconds"] == 1.5


def test_an_unknown_key_is_refused():
    with pytest.raises(ValidationError, match="color"):
        line(color="red")


def test_microseconds_become_a_moment_in_utc():
    assert moment(883_612_800_000_001) == dt.datetime(1998, 1, 1, microsecond=1, tzinfo=dt.UTC)


def test_rounding():
    assert rounded(1 / 3) == 0.333333
