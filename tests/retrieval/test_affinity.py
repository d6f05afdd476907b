"""Six events of three items: a by level 0 three times, b by level 1 twice, c by nobody of a known level."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.log.histories import Column
from recommender.retrieval.affinity import Distance, Lift, fit_affinities
from tests.logs import histories_of

NAN = np.nan
LEVEL = np.array([0, 0, 0, 1, 1, NAN], dtype=np.float32)
ITEM = np.array([0, 0, 0, 1, 1, 2])


def ask(affinity, values, items):
    return affinity(np.array(values, dtype=np.float32), np.array(items)).tolist()


class TestLift:
    LIFT = Lift.fit(LEVEL, ITEM, 3)

    def test_events_over_expected_events(self):
        """Of five events with a known level, three are of a: of the three of level 0, 3 * 3 / 5 are expected to be."""
        expected = [np.log((3 + 5) / (9 / 5 + 5)), np.log((0 + 5) / (6 / 5 + 5)), np.log((2 + 5) / (4 / 5 + 5))]
        assert ask(self.LIFT, [0, 1, 1], [0, 0, 1]) == pytest.approx(expected)

    def test_an_item_without_events_is_as_expected(self):
        assert ask(self.LIFT, [0, 1], [2, 2]) == [0, 0]

    def test_an_unknown_level_and_one_without_events_are_unknown(self):
        assert np.isnan(ask(self.LIFT, [NAN, 2, 300], [0, 0, 0])).all()
        gap = Lift.fit(np.array([0, 2], dtype=np.float32), np.array([0, 1]), 2)
        assert np.isnan(ask(gap, [1], [0])).all()

    def test_nothing_is_known(self):
        assert np.isnan(ask(Lift.fit(LEVEL[5:], ITEM[5:], 3), [0, NAN], [0, 2])).all()


class TestDistance:
    def test_from_the_mean_of_the_item_pulled_towards_that_of_all(self):
        """Values 10, 20 of a and 60 of b: the mean of all is 30."""
        values = np.array([10, 20, 60, NAN], dtype=np.float32)
        distance = Distance.fit(values, np.array([0, 0, 1, 1]), 3)
        expected = [40 - (30 + 5 * 30) / 7, 40 - (60 + 5 * 30) / 6, 40 - 30, NAN]
        assert ask(distance, [40, 40, 40, NAN], [0, 1, 2, 0]) == pytest.approx(expected, nan_ok=True)

    def test_nothing_is_known(self):
        assert np.isnan(ask(Distance.fit(LEVEL[5:], ITEM[5:], 3), [1], [0])).all()


def test_each_column_of_users_has_one():
    histories = histories_of({1: "ab", 2: "b"})
    columns = {"club": Column(np.array([0, 1], np.float32), True), "age": Column(np.array([4, 8], np.float32), False)}
    found = fit_affinities(replace(histories, user_columns=columns))
    assert ask(found["user/club"], [1], [0]) == pytest.approx([np.log((0 + 5) / (1 / 3 + 5))])
    mean = (4 + 4 + 8) / 3
    assert ask(found["user/age"], [8], [1]) == pytest.approx([8 - (12 + 5 * mean) / 7])
    assert fit_affinities(histories) == {}


def test_each_column_of_events_has_one_and_later_events_change_nothing():
    """Of four events, the first of each user is known: a on device 0, b on device 1."""
    histories = histories_of({1: "ac", 2: "bd"})

    def known(*later):
        devices = Column(np.array([0, later[0], 1, later[1]], np.float32), True)
        found = fit_affinities(replace(histories, event_columns={"device": devices}).until(np.array([1, 1])))
        return ask(found["request/device"], [0, 0], [0, 1])

    assert known(0, 0) == pytest.approx([np.log(6 / 5.5), np.log(5 / 5.5)])
    assert known(0, 0) == known(1, 1) == known(NAN, 7)
