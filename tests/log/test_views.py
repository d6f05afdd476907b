from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recommender.log.histories import Column, build_histories
from recommender.log.views import NEVER, RECENT, Requests, View, draw_users, next_requests, open_requests, timed
from tests.logs import START, asking, histories_of, is_sparse_equal, log, sequences, view_of

HISTORIES = histories_of({1: "abcd", 2: "ba"})  # a minute apart
VIEW = view_of(HISTORIES, users=[0, 0, 1, 1], positions=[1, 3, 2, 0])  # a, abc, ba and nothing


def microseconds(minutes):
    return START.value // 1000 + 60_000_000 * minutes


class TestView:
    def test_events_oldest_first(self):
        """User 1 has events 0 to 3 and user 2 has 4 and 5."""
        assert VIEW.indptr.tolist() == [0, 1, 4, 6, 6]
        assert VIEW.events.tolist() == [0, 0, 1, 2, 4, 5]
        assert VIEW.age.tolist() == [0, 2, 1, 0, 1, 0]

    def test_seen(self):
        assert VIEW.seen.astype(int).tolist() == [[1, 0, 0, 0], [1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]

    @pytest.mark.parametrize(
        ("minutes", "seen"), [(0, "c"), (1, "bc"), (1.5, "bc"), (2, "abc"), (None, "abc")], ids=str
    )
    def test_items_may_come_again_when_their_latest_event_is_long_ago(self, minutes, seen):
        """User 1 has a at minute 0 and 2, b at 3 and c at 4, which is also the moment of the request."""
        days = None if minutes is None else minutes / (24 * 60)
        histories = build_histories([sequences({1: "a"}), sequences({1: "abc"}, start=120)], days)
        found = view_of(histories, [0], [4]).seen[0]
        assert "".join(item for item, mask in zip("abc", found, strict=True) if mask) == seen

    def test_weighted(self):
        rows = VIEW.weighted(np.array([1, 2, 3, 4, 5, 6], dtype=np.float32))
        assert rows.toarray().tolist() == [[1, 0, 0, 0], [2, 3, 4, 0], [6, 5, 0, 0], [0, 0, 0, 0]]

    def test_weights_of_a_repeated_item_add_up(self):
        view = view_of(histories_of({1: "aba"}), [0], [3])
        assert view.weighted(np.array([1, 2, 4], dtype=np.float32)).toarray().tolist() == [[1 + 4, 2]]

    def test_decayed(self):
        assert VIEW.decayed(0.5).toarray().tolist() == [[1, 0, 0, 0], [1 / 4, 1 / 2, 1, 0], [1, 1 / 2, 0, 0], [0] * 4]

    def test_decayed_within_a_window(self):
        assert VIEW.decayed(0.5, window=2).toarray()[1].tolist() == [0, 1 / 2, 1, 0]

    def test_recent_newest_first(self):
        assert VIEW.recent.item[:, :4].tolist() == [[0, -1, -1, -1], [2, 1, 0, -1], [0, 1, -1, -1], [-1] * 4]
        assert VIEW.recent.seconds[1, :4].tolist() == [0, 60, 120, NEVER]
        assert np.isnan(VIEW.recent.rating).tolist() == (VIEW.recent.item < 0).tolist()

    def test_recent_looks_back_only_so_far(self):
        events = log(*((1, item, 1, item) for item in range(RECENT + 5)))
        view = view_of(build_histories([events]), [0], [RECENT + 5])
        assert view.recent.item.tolist() == [list(range(RECENT + 4, 4, -1))]

    def test_weigh_recent_leaves_out_zeros_and_unknown_events(self):
        weights = np.zeros((4, RECENT))
        weights[:, :2] = 2, 3
        rows = VIEW.weigh_recent(weights)
        assert rows.toarray().tolist() == [[2, 0, 0, 0], [0, 3, 2, 0], [2, 3, 0, 0], [0, 0, 0, 0]]
        assert rows.nnz == 1 + 2 + 2

    def test_no_requests(self):
        view = view_of(HISTORIES, [], [])
        assert view.seen.shape == view.decayed(0.5).shape == (0, 4)
        assert view.recent.item.shape == (0, RECENT)


class TestNoFuture:
    """What comes after a request changes nothing of its view."""

    NOW = sequences({1: "abc", 2: "bad", 3: "dcba"})
    LATER = sequences({1: "da", 2: "c", 3: "b"}, rating=5.0, start=3600)
    REQUESTS = ([0, 0, 1, 2, 2], [1, 3, 3, 0, 4])

    def views(self):
        now, later = build_histories([self.NOW]), build_histories([self.NOW, self.LATER])
        requests = asking(now, *self.REQUESTS)
        return View(now, requests), View(later, requests)

    def test_nothing_changes(self):
        now, later = self.views()
        weights = np.arange(len(now.events), dtype=np.float32)
        assert is_sparse_equal(now.weighted(weights), later.weighted(weights))
        assert is_sparse_equal(now.decayed(0.9), later.decayed(0.9))
        assert now.seen.tobytes() == later.seen.tobytes()
        for name in ("item", "seconds", "rating"):
            assert getattr(now.recent, name).tobytes() == getattr(later.recent, name).tobytes()

    def test_a_later_request_does_see_it(self):
        """Otherwise the test above could not fail."""
        now, later = self.views()
        moved = view_of(later.histories, self.REQUESTS[0], [1, 4, 4, 0, 5])
        assert not is_sparse_equal(now.decayed(0.9), moved.decayed(0.9))
        assert (now.seen != moved.seen).any()
        assert (now.recent.item != moved.recent.item).any()


class TestMoments:
    @pytest.mark.parametrize(("request_time", "minutes"), [(True, [1, 3]), (False, [0, 2])])
    def test_the_moment_is_of_the_next_event_or_of_the_last_known(self, request_time, minutes):
        requests = timed(HISTORIES, np.array([0, 0]), np.array([1, 3]), request_time)
        assert requests.time.tolist() == [microseconds(minute) for minute in minutes]

    def test_next_requests_need_an_event_before_and_one_after(self):
        histories = histories_of({1: "abcd", 2: "ba", 3: "ab", 4: "c"})
        requests = next_requests(histories, np.array([3, 2, 0, 1]), request_time=True)
        assert (requests.user.tolist(), requests.position.tolist()) == ([0], [3])
        assert requests.time.tolist() == [microseconds(3)]

    @pytest.mark.parametrize(("request_time", "minutes"), [(True, [9, 8]), (False, [1, 3])])
    def test_open_requests_know_all_in_the_order_of_the_frame(self, request_time, minutes):
        moments = [START + pd.Timedelta(minutes=minute) for minute in (9, 8)]
        requests = open_requests(HISTORIES, pd.DataFrame({"user_id": [2, 1], "timestamp": moments}), request_time)
        assert (requests.user.tolist(), requests.position.tolist()) == ([1, 0], [2, 4])
        assert requests.time.tolist() == [microseconds(minute) for minute in minutes]

    def test_an_unused_moment_changes_nothing(self):
        """Without request_time nobody can tell when the request came."""
        frames = [pd.DataFrame({"user_id": [1], "timestamp": [START + pd.Timedelta(days=days)]}) for days in (1, 99)]
        moments = [open_requests(HISTORIES, frame, request_time=False).time.tolist() for frame in frames]
        assert moments[0] == moments[1]


def test_requests_are_cut_like_arrays():
    requests = Requests(np.array([3, 1, 2]), np.array([5, 6, 7]), np.array([0, 1, 2]))
    assert len(requests[1:]) == 2
    assert requests[np.array([True, False, True])].user.tolist() == [3, 2]


class TestDrawUsers:
    REQUESTS = asking(
        histories_of({1: "abcde", 2: "abc", 3: "cd"}), np.repeat(np.arange(3), [4, 2, 1]), [1, 2, 3, 4, 1, 2, 1]
    )

    def test_few_enough_are_all_kept(self):
        assert draw_users(self.REQUESTS, 7, seed=0) is self.REQUESTS

    @pytest.mark.parametrize("most", range(1, 7))
    @pytest.mark.parametrize("seed", range(5))
    def test_whole_users_in_their_order(self, most, seed):
        kept = self._pairs(draw_users(self.REQUESTS, most, seed))
        users = {user for user, _ in kept}
        assert len(kept) <= most
        assert kept == [pair for pair in self._pairs(self.REQUESTS) if pair[0] in users]

    def test_the_seed_decides_who(self):
        many = asking(histories_of({user: "ab" for user in range(50)}), np.arange(50), np.ones(50))
        drawn = {tuple(draw_users(many, 10, seed).user.tolist()) for seed in range(5)}
        assert len(drawn) == 5
        assert all(len(users) == 10 for users in drawn)

    @staticmethod
    def _pairs(requests):
        return list(zip(requests.user.tolist(), requests.position.tolist(), strict=True))


class TestColumnsOfRequests:
    DEVICES = Column(np.array([0, 1, 2, 3, 4, 5], dtype=np.float32), text=True)

    @pytest.mark.parametrize("request_time", [True, False])
    def test_those_of_the_event_that_follows(self, request_time):
        """User 1 has events 0 to 3 and user 2 has 4 and 5; also where the time of the request may not be used."""
        histories = replace(HISTORIES, event_columns={"device": self.DEVICES})
        requests = timed(histories, np.array([0, 1]), np.array([2, 1]), request_time)
        assert requests.columns["device"].values.tolist() == [2, 5]
        assert requests[1:].columns["device"].values.tolist() == [5]

    def test_those_of_the_table_of_requests(self):
        frame = pd.DataFrame({"user_id": [2, 1], "timestamp": [START] * 2, "device": pd.array(["tv", None], "str")})
        requests = open_requests(HISTORIES, frame, True, {"device": ["phone", "tv"]})
        assert requests.user.tolist() == [1, 0]
        assert requests.columns["device"].values.tolist() == pytest.approx([1, np.nan], nan_ok=True)
        assert open_requests(HISTORIES, frame, True).columns == {}
