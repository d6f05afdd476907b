import numpy as np
import pandas as pd
import pytest

from recommender.evaluation.reference import build
from recommender_lab.feedback.online_metrics import online, shown
from tests.recommender_lab.feedback.visiting import TWO, visits_of

# Four users: two have item 0, one has 1, one has 2, all have 3; 0 and 1 share their genre, 2 has another, 3 has none.
MET = pd.DataFrame(
    [(1, 0), (2, 0), (1, 1), (2, 2), *((user, 3) for user in range(1, 5))], columns=["user_id", "item_id"]
)
FILMS = pd.DataFrame({"item_id": range(4), "genre_a": [1, 1, 0, 0], "genre_b": [0, 0, 1, 0]})
REFERENCE = build(MET, MET, FILMS)
ALL = np.ones(4, dtype=bool)


def test_online_by_hand():
    """Two of four slots clicked by one of two visitors, each film watched to 4/5; one of the two comes back."""
    assert online(TWO, highest=5.0) == {
        "visitors": 2,
        "click_through_rate": 0.5,
        "clicks_per_visit": 1.0,
        "watch_time": pytest.approx(0.8),
        "session_length": 1.0,
        "return_rate": 0.5,
        "liked": 0.5,
    }


@pytest.mark.parametrize("highest", [0.0, -1.0])
def test_no_watch_time_where_no_rating_stands_for_a_whole_item(highest):
    measured = online(TWO, highest)
    assert np.isnan(measured.pop("watch_time"))
    assert not np.isnan(list(measured.values())).any()


def test_only_what_was_shown_counts():
    """The second slate of the first user was not reached, and the second user was not served at all."""
    found = visits_of(
        pools=[[[0, 1], [2, 3]], [[-1, -1], [-1, -1]]],
        place=[[[0, 1], [0, 1]], [[0, 1], [0, 1]]],
        click=[[[1, 0], [0, 0]], [[0, 0], [0, 0]]],
        seen=[[True, False], [False, False]],
    )
    measured = online(found, 5.0)
    assert (measured["visitors"], measured["click_through_rate"], measured["session_length"]) == (1, 0.5, 1)
    assert shown(found, REFERENCE, ALL)["coverage"] == 2 / 4


def test_shown_by_hand():
    """Items 0, 2 and 0, 1: three of four; genres 1, 2 differ and 1, 1 do not; shares 1/2, 1/4 are 1 and 2 bits."""
    assert shown(TWO, REFERENCE, ALL) == pytest.approx(
        {"coverage": 0.75, "gini": 0.375, "diversity": 0.5, "novelty": 1.5, "popularity": 0.375}
    )


def test_the_catalogue_is_what_may_be_shown():
    assert shown(TWO, REFERENCE, np.array([True, True, True, False]))["coverage"] == 1


def test_nobody_came():
    empty = visits_of(np.zeros((0, 1, 3), dtype=int), np.zeros((0, 1, 2), dtype=int), np.zeros((0, 1, 2)))
    measured = online(empty, 5.0) | shown(empty, REFERENCE, ALL)
    assert measured.pop("visitors") == 0
    assert all(np.isnan(value) for value in measured.values())
