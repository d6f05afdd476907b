import numpy as np
import pytest
from hypothesis import given

from recommender.log.histories import build_histories
from recommender.log.views import View
from recommender_lab.feedback.light import POPULARITY_SHARE, fit_transitions
from tests.logs import asking_all, histories_of, short_logs, view_of

ONE = np.ones(100, dtype=np.float32)


def test_by_hand():
    """a, b, c in a row: neighbours count 1, the two ends 0.5; with one event each, counts are divided by 6."""
    table = fit_transitions(histories_of({1: "abc"}), ONE[:3], window=5, decay=0.5).near.table.toarray()
    assert table == pytest.approx(np.array([[0, 1, 0.5], [1, 0, 1], [0.5, 1, 0]]) / 6)


def test_a_pair_weighs_what_its_later_event_weighs():
    weights = np.array([1, 0.5, 0.25], dtype=np.float32)
    table = fit_transitions(histories_of({1: "abc"}), weights, window=1, decay=1.0).near.table.toarray()
    assert table[0, 1] == pytest.approx(0.5 / np.sqrt(6 * 5.5))
    assert table[1, 2] == pytest.approx(0.25 / np.sqrt(5.5 * 5.25))


def test_events_that_weigh_nothing_might_as_well_not_be_there():
    whole = fit_transitions(histories_of({1: "abcd"}), np.array([0, 0, 0, 1], dtype=np.float32), 1, 1.0)
    assert np.argwhere(whole.near.table.toarray()).tolist() == [[2, 3], [3, 2]]
    assert whole.popularity.tolist() == [0, 0, 0, 1]


def test_popularity_decides_where_transitions_say_nothing():
    histories = histories_of({1: "a", 2: "b", 3: "b"})
    scores = fit_transitions(histories, ONE[:3], 3, 1.0).score(view_of(histories, [0], [1]))
    assert scores == pytest.approx(np.array([[0.5, 1.0]]) * POPULARITY_SHARE)


@given(short_logs())
def test_the_table_is_symmetric_and_blind_to_other_users_order(events):
    histories = build_histories([events])
    model = fit_transitions(histories, np.ones(len(histories.item), dtype=np.float32), 4, 0.8)
    table = model.near.table.toarray()
    assert table == pytest.approx(table.T)
    assert (table >= 0).all()
    assert model.score(View(histories, asking_all(histories))).dtype == np.float32
