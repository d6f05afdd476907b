"""What recommend() takes as arguments."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from recommender.bundle.arguments import moment_of
from recommender.bundle.recommending import UnknownUserWarning, recommend
from recommender.errors import ParameterError


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("root", None, "root: found None, expected the path of a folder"),
        ("log", 3, "log: found 3, expected the path of a folder"),
        ("log", "", "log: found '', expected the path of a folder"),
        ("root", "a\0b", r"root: found 'a\\x00b', expected the path of a folder"),
        ("log", "a\0b", r"log: found 'a\\x00b', expected the path of a folder"),
        ("exclude", "12", "exclude: found '12', expected a list"),
        ("exclude", None, "exclude: found None, expected a list"),
        ("candidates", 12, "candidates: found 12, expected a list"),
        ("genres", "a", "genres: found 'a', expected a list"),
        ("events", 3, "events: found 3, expected a list"),
        ("events", {"item_id": 3}, "events: found {'item_id': 3}, expected a list"),
        ("now", 894_000_000, "now: found 894000000, expected a time such as"),
        ("context", "tv", "context: found 'tv', expected a mapping of names to texts or numbers"),
        ("context", {1: "tv"}, "context: found {1: 'tv'}, expected a mapping of names to texts or numbers"),
        ("context", {"device": None}, "context: device: found None, expected text or a number"),
        ("now", "soon", "now: found 'soon', expected a time such as"),
        ("now", pd.NaT, "now: found NaT, expected a time such as"),
        ("events", [{"item_id": 3, "timestamp": None}], r"events\[0\]: timestamp: found None, expected a time"),
        ("events", [{"item_id": 3}], r"events\[0\]: found .*, expected a mapping with item_id, timestamp"),
        ("events", [{"item_id": 3.5, "timestamp": "2030-01-01"}], r"events\[0\]: item_id: found 3.5"),
        ("events", [{"item_id": 3, "timestamp": "2030-13-01"}], r"events\[0\]: timestamp: found '2030-13-01'"),
        ("events", [{"item_id": 3, "timestamp": "2030-01-01", "rating": "5"}], r"events\[0\]: rating: found '5'"),
        ("genres", ["z"], "genres: no genre 'z'; known: a, b"),
    ],
)
def test_an_argument_that_cannot_be_meant(project, argument, value, message):
    with pytest.raises(ParameterError, match=message):
        recommend(4, **{"root": project, argument: value})


def test_now_is_a_moment_of_the_past_or_future(project):
    """Before the first event nothing is known of a user; a text without a zone is UTC."""
    with pytest.warns(UnknownUserWarning):
        recommend(4, root=project, now="1960-01-01")
    first, second = (recommend(4, root=project, now=now) for now in ("2030-01-01 12:00", "2030-01-01T13:00+01:00"))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    "value",
    [
        "1970-01-02",
        "1970-01-02T01:00+01:00",
        pd.Timestamp("1970-01-02"),
        dt.datetime(1970, 1, 2),
        np.datetime64("1970-01-02", "ns"),
    ],
    ids=str,
)
def test_times_are_microseconds_since_1970(value):
    assert moment_of(value, "now") == 24 * 60 * 60 * 1_000_000
