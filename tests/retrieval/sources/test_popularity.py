from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.log.histories import build_histories
from recommender.log.views import Requests, View
from recommender.retrieval.sources.popularity import Popularity, RecentPopularity
from tests.knowing import training
from tests.logs import histories_of, log, short_logs, view_of

DAY = 86_400


def recent(histories):
    """The source of the last day, as if it were fitted to one day instead of fourteen."""
    return replace(RecentPopularity.fit(training(histories)), days=1)


def test_two_weeks_before_the_request_count():
    """Five events, one a week; seen 15 days after the first: those of day 7 and 14 are within 14 days."""
    histories = build_histories([log(*((user, "ab"[user % 2], 1, 7 * DAY * user) for user in range(5)))])
    assert RecentPopularity.fit(training(histories)).score(at(histories, 15 * DAY)).tolist() == [[1, 1]]


def test_everybody_gets_the_number_of_events_of_each_item():
    histories = histories_of({1: "abc", 2: "ab", 3: "a"})
    view = view_of(histories, [0, 2], [3, 0])
    assert Popularity.count(histories).score(view).tolist() == [[3, 2, 1], [3, 2, 1]]


def test_what_came_later_is_not_counted():
    histories = histories_of({1: "abc", 2: "ab", 3: "a"})
    before = histories.until(histories.lengths - 1)
    assert Popularity.count(before).score(view_of(histories, [0], [3])).tolist() == [[2, 1, 0]]


def at(histories, *seconds):
    """A request of the first user at each of these moments."""
    moments = histories.time.min() + 1_000_000 * np.array(seconds, dtype=np.int64)
    zeros = np.zeros(len(moments), dtype=np.int64)
    return View(histories, Requests(zeros, zeros, moments))


class TestRecentPopularity:
    HISTORIES = build_histories([log((1, "a", 1, 0), (2, "a", 1, DAY), (2, "b", 1, 2 * DAY), (3, "b", 1, 2 * DAY))])

    @pytest.mark.parametrize(
        ("moment", "counts"),
        [(0, [0, 0]), (1, [1, 0]), (DAY, [1, 0]), (DAY + 1, [1, 0]), (2 * DAY, [1, 0]), (2 * DAY + 1, [0, 2])],
    )
    def test_events_of_one_day_before_the_request(self, moment, counts):
        """An event exactly a day ago still counts; one of the request's own moment does not."""
        source = recent(self.HISTORIES)
        assert source.score(at(self.HISTORIES, moment)).tolist() == [counts]

    def test_long_after_everything_nothing_counts(self):
        assert not recent(self.HISTORIES).score(at(self.HISTORIES, 99 * DAY)).any()

    def test_no_requests(self):
        assert recent(self.HISTORIES).score(at(self.HISTORIES)).shape == (0, 2)

    @given(events=short_logs(), moments=st.lists(st.integers(-2, 9), max_size=6))
    def test_as_counted_one_by_one(self, events, moments):
        """Moments in seconds, so a day reaches back to the start: all events before each moment."""
        histories = build_histories([events])
        view = at(histories, *moments)
        counted = [
            np.bincount(histories.item[histories.time < t], minlength=histories.n_items) for t in view.requests.time
        ]
        found = recent(histories).score(view)
        assert found.dtype == np.float32
        assert found.tolist() == [row.tolist() for row in counted]

    def test_what_came_later_changes_nothing(self):
        other = build_histories([log((1, "a", 1, 0), (2, "a", 1, DAY), (2, "b", 1, 9 * DAY), (3, "b", 1, 9 * DAY))])
        asked = at(self.HISTORIES, DAY + 5, 2 * DAY)
        scores = [recent(events).score(asked).tolist() for events in (self.HISTORIES, other)]
        assert scores[0] == scores[1]
