import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.log.histories import build_histories
from recommender.log.splitting import order_events
from recommender.ranking.past import last_positions, past_requests, past_windows, window_requests
from recommender.ranking.settings import BuildRanking
from tests.logs import histories_of, short_logs

HISTORIES = histories_of({1: "abcde", 2: "ab", 3: "c"})  # a minute apart


def settings(**changes):
    usual = {
        "past_requests": 2,
        "past_windows": 1,
        "min_history": 1,
        "max_requests": 100,
        "negatives": 5,
        "label": "next_event",
    }
    return BuildRanking(**usual | {"max_valid_requests": 100} | changes)


def pairs(requests):
    return list(zip(requests.user.tolist(), requests.position.tolist(), strict=True))


class TestLastPositions:
    @pytest.mark.parametrize(
        ("past", "start", "expected"),
        [
            (2, 0, [(0, 3), (0, 4), (1, 0), (1, 1), (2, 0)]),
            (2, 1, [(0, 3), (0, 4), (1, 1)]),
            (9, 2, [(0, 2), (0, 3), (0, 4)]),
            (1, 5, []),
        ],
    )
    def test_by_hand(self, past, start, expected):
        assert pairs(last_positions(HISTORIES, np.full(3, start), past, request_time=True)) == expected

    @pytest.mark.parametrize(("request_time", "minute"), [(True, 4), (False, 3)])
    def test_the_moment(self, request_time, minute):
        requests = last_positions(HISTORIES, np.full(3, 4), 1, request_time)
        assert requests.time.tolist() == [HISTORIES.time[minute]]


class TestPastRequests:
    def test_nothing_that_is_asked_is_learnt_from(self):
        past = past_requests(HISTORIES, settings(), request_time=True, seed=0)
        assert pairs(past.requests) == [(0, 3), (0, 4), (1, 1)]
        assert past.ends.tolist() == [3, 1, 1]
        assert past.available == 3

    def test_one_event_is_the_answer_to_each(self):
        answers = past_requests(HISTORIES, settings(), request_time=True, seed=0).answers
        assert (answers.tolist(), answers.dtype) == ([1, 1, 1], np.int64)

    @pytest.mark.parametrize(("request_time", "minute"), [(True, 4), (False, 3)])
    def test_the_moment(self, request_time, minute):
        requests = past_requests(HISTORIES, settings(past_requests=1, min_history=4), request_time, 0).requests
        assert requests.time.tolist() == [HISTORIES.time[minute]]

    @pytest.mark.parametrize(
        ("most", "min_history", "available"),
        [
            (4, 1, 2 + 1),  # 4 // 2 users = 2 of the first, and the one that the second has
            (1, 1, 1 + 1),  # 1 // 2 users = 0, but 1 of each at least, of which one is drawn
            (4, 2, 3),  # 4 // 1 user = 4, of which he has c, d and e
        ],
    )
    def test_users_share_the_requests_evenly(self, most, min_history, available):
        found = past_requests(HISTORIES, settings(past_requests=9, max_requests=most, min_history=min_history), True, 0)
        assert (found.available, len(found.requests)) == (available, min(most, available))

    def test_the_seed_draws_the_users(self):
        histories = histories_of({user: "ab" for user in range(40)})
        drawn = [pairs(past_requests(histories, settings(max_requests=9), True, seed).requests) for seed in (0, 0, 1)]
        assert drawn[0] == drawn[1] != drawn[2]

    def test_users_with_too_short_a_history_are_not_asked(self):
        assert pairs(past_requests(HISTORIES, settings(min_history=2), True, 0).requests) == [(0, 3), (0, 4)]

    @given(events=short_logs(), most=st.integers(1, 30), past=st.integers(1, 4))
    def test_requests_stand_between_what_is_known_and_what_is_asked(self, events, most, past):
        histories = build_histories([events])
        found = past_requests(histories, settings(past_requests=past, max_requests=most), True, 0)
        user, position = found.requests.user, found.requests.position
        assert len(user) <= min(most, found.available)
        assert (found.ends[user] <= position).all()
        assert (position < histories.lengths[user]).all()
        assert (position >= 1).all()


class TestWindowRequests:
    """The window starts at the minute of c, the third event of user 1, and ends before that of e."""

    STARTS, ENDS, MOMENT = np.array([2, 2, 0]), np.array([4, 2, 1]), int(HISTORIES.time[2])

    @pytest.mark.parametrize(("request_time", "minute"), [(True, 2), (False, 1)])
    def test_users_with_events_before_and_in_it_are_asked_once(self, request_time, minute):
        asked, answers = window_requests(HISTORIES, self.STARTS, self.ENDS, self.MOMENT, request_time)
        assert pairs(asked) == [(0, 2)]
        assert answers.tolist() == [2]
        assert asked.time.tolist() == [HISTORIES.time[minute]]

    def test_nobody_is_asked_before_his_last_known_event(self):
        asked, _ = window_requests(HISTORIES, self.STARTS, self.ENDS, int(HISTORIES.time[0]), True)
        assert asked.time.tolist() == [HISTORIES.time[1]]

    def test_one_event_before_it_is_enough_unless_more_are_asked_for(self):
        asked, _ = window_requests(HISTORIES, np.array([1, 2, 0]), self.ENDS, int(HISTORIES.time[1]), True)
        assert pairs(asked) == [(0, 1)]

    def test_not_those_with_too_few_before_it(self):
        assert not len(window_requests(HISTORIES, self.STARTS, self.ENDS, self.MOMENT, True, min_history=3)[0])


class TestPastWindows:
    def test_back_to_back_and_nothing_from_a_start_on_is_learnt(self):
        """Events per minute: 3, 2, 1, 1, 1. Windows of two: d and e, then c and both events of the second minute."""
        late, early = past_windows(HISTORIES, 2, settings(past_windows=2), True, 0)
        assert (pairs(late.requests), late.answers.tolist(), late.ends.tolist()) == ([(0, 3)], [2], [3, 2, 1])
        assert (pairs(early.requests), early.answers.tolist()) == ([(0, 1), (1, 1)], [2, 1])
        assert early.ends.tolist() == [1, 1, 1]

    def test_a_window_holds_as_many_events_as_the_held_out_part(self):
        """One window of two events, d and e of the first user, although half of the eight events could be in it."""
        (window,) = past_windows(HISTORIES, 2, settings(past_windows=1), True, 0)
        assert (pairs(window.requests), window.answers.tolist()) == ([(0, 3)], [2])

    def test_as_many_events_stay_before_the_first(self):
        """Eight events, three windows: none has more than two events, however much is held out."""
        moments = [
            found.requests.time.tolist() for found in past_windows(HISTORIES, 99, settings(past_windows=3), True, 0)
        ]
        assert moments == [[HISTORIES.time[3]], [HISTORIES.time[1]] * 2, []]

    def test_of_a_log_with_fewer_events_than_windows_each_holds_one(self):
        late, early = past_windows(histories_of({1: "ab"}), 9, settings(past_windows=2), True, 0)
        assert (pairs(late.requests), late.ends.tolist(), pairs(early.requests)) == ([(0, 1)], [1], [])

    @given(events=short_logs(), held_out=st.integers(1, 30), number=st.integers(1, 4), most=st.integers(4, 9))
    def test_answers_lie_in_the_window_and_only_there(self, events, held_out, number, most):
        histories = build_histories([order_events(events, "hashed", 0)])
        after = np.inf
        for found in past_windows(histories, held_out, settings(past_windows=number, max_requests=most), True, 0):
            first = histories.indptr[found.requests.user] + found.requests.position
            assert (found.ends[found.requests.user] == found.requests.position).all()
            assert (found.answers >= 1).all()
            assert (histories.time[first] >= found.requests.time).all()
            assert (histories.time[first + found.answers - 1] < after).all()
            assert (histories.time[first - 1] < found.requests.time).all()
            assert len(found.requests) <= most // number
            after = min([after, *found.requests.time.tolist()])
