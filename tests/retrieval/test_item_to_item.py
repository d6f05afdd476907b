import numpy as np
import pytest
import scipy.sparse as sp

from recommender.log.histories import build_histories
from recommender.log.views import Requests, View
from recommender.retrieval.item_to_item import ItemToItem
from recommender.retrieval.pairs import N_GAPS, pair_counter
from recommender.retrieval.sources.transitions import Gaps
from tests.logs import asking, histories_of, sequences, view_of

HISTORIES = histories_of({1: "abc", 2: "cab"})  # a minute apart
TABLE = sp.csr_array(np.array([[0, 1, 2], [3, 0, 4], [5, 6, 0]], dtype=np.float32))


class TestItemToItem:
    def test_the_rows_of_the_history_add_up_with_decay(self):
        """The history "ab": the row of b, and half of the row of a."""
        scores = ItemToItem(TABLE, decay=0.5).score(view_of(HISTORIES, [0], [2]))
        assert scores.tolist() == [[3 + 0 / 2, 0 + 1 / 2, 4 + 2 / 2]]

    def test_an_empty_history_scores_zero(self):
        assert ItemToItem(TABLE, decay=0.5).score(view_of(HISTORIES, [0], [0])).tolist() == [[0, 0, 0]]

    def test_what_always_follows_has_the_best_score(self):
        histories = histories_of({1: "abcd", 2: "bcda", 3: "cdab", 4: "dabc"})
        follows = sum(pair_counter(histories, 1, 1.0).after(0, 4))
        best = ItemToItem(follows, decay=0.1).score(view_of(histories, [0, 1, 2], [1, 2, 3])).argmax(axis=1)
        assert histories.items[best].tolist() == ["b", "d", "b"]

    def test_what_comes_after_a_request_changes_nothing(self):
        now, later = sequences({1: "abc", 2: "cab"}), sequences({1: "bb", 2: "aa"}, start=3600)
        views = [View(h, asking(h, [0, 1], [2, 3])) for h in map(build_histories, ([now], [now, later]))]
        left, right = (ItemToItem(TABLE, decay=0.5).score(view) for view in views)
        assert left.tobytes() == right.tobytes()


class TestGaps:
    def only(self, bucket):
        empty = sp.csr_array((3, 3), dtype=np.float32)
        return Gaps(tuple(TABLE if at == bucket else empty for at in range(N_GAPS)), 0.5, window=2)

    @pytest.mark.parametrize(("seconds", "bucket"), [(0, 0), (60, 1), (61, 2), (86_401, 4)])
    def test_the_table_of_the_pause_before_the_request_speaks(self, seconds, bucket):
        """User 1 met a and asks so many seconds later: the row of a, from that table alone."""
        later = HISTORIES.time[[0]] + 1_000_000 * seconds
        view = View(HISTORIES, Requests(np.array([0]), np.array([1]), later))
        assert self.only(bucket).score(view).tolist() == [[0, 1, 2]]
        assert not self.only((bucket + 1) % N_GAPS).score(view).any()

    def test_each_event_speaks_through_its_own_table(self):
        """The history "ab" at the moment of b: b is 0 s old and a 60 s."""
        view = view_of(HISTORIES, [0], [2])
        assert self.only(0).score(view).tolist() == [[3, 0, 4]]
        assert self.only(1).score(view).tolist() == [[0 / 2, 1 / 2, 2 / 2]]

    def test_events_beyond_the_window_are_silent(self):
        assert not self.only(2).score(view_of(HISTORIES, [0], [3])).any()
