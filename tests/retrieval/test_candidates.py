from dataclasses import dataclass

import numpy as np
import pytest

from recommender.log.histories import build_histories
from recommender.log.views import View
from recommender.retrieval import top
from recommender.retrieval.candidates import find_candidates, recall_at
from recommender.retrieval.source import Source
from recommender.retrieval.sources.popularity import Popularity
from tests.logs import asking, checkerboard, histories_of, sequences

HISTORIES = histories_of({1: "ab", 2: "e"})
EVERYTHING = np.ones(6, dtype=bool)


@dataclass(frozen=True)
class Fixed(Source):
    """Gives every request the same scores."""

    scores: list[float]

    def score(self, view):
        return np.tile(np.array(self.scores, dtype=np.float32), (len(view.requests), 1))


SOURCES = {"left": Fixed([9, 8, 7, 6, 5, 4]), "right": Fixed([1, 2, 3, 4, 5, 6])}


@pytest.fixture
def view():
    histories = histories_of({1: "ab", 2: "e", 3: "cdf"})
    return View(histories, asking(histories, [0, 1], [2, 1]))


def pairs(candidates):
    return list(zip(candidates.request.tolist(), candidates.item.tolist(), strict=True))


class TestFindCandidates:
    def test_the_union_without_what_was_met(self, view):
        """User 1 met 0 and 1, user 2 met 4: left gives 2 | 0, right gives 5, 4 | 5, 3."""
        found = find_candidates(view, SOURCES, {"left": 1, "right": 2}, EVERYTHING)
        assert pairs(found) == [(0, 2), (0, 4), (0, 5), (1, 0), (1, 3), (1, 5)]
        assert found.given["left"].tolist() == [True, False, False, True, False, False]
        assert found.given["right"].tolist() == [False, True, True, False, True, True]

    def test_every_source_says_what_it_thinks_of_every_candidate(self, view):
        found = find_candidates(view, SOURCES, {"left": 1, "right": 2}, EVERYTHING)
        assert found.scores["left"].tolist() == [7, 5, 4, 9, 6, 4]
        assert found.ranks["left"].tolist() == [0, 1, 2, 0, 1, 2]
        assert found.ranks["right"].tolist() == [2, 1, 0, 2, 1, 0]

    def test_only_items_of_the_catalogue(self, view):
        found = find_candidates(view, SOURCES, {"left": 6, "right": 6}, np.arange(6) < 4)
        assert pairs(found) == [(0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]

    def test_extra_items_are_added(self, view):
        extra = np.zeros((2, 6), dtype=bool)
        extra[1, 2] = True
        found = find_candidates(view, {"left": SOURCES["left"]}, {"left": 1}, EVERYTHING, extra)
        assert pairs(found) == [(0, 2), (1, 0), (1, 2)]
        assert found.given["left"].tolist() == [True, True, False]

    def test_one_request_at_a_time_gives_the_same(self, view):
        together = find_candidates(view, SOURCES, {"left": 2, "right": 2}, EVERYTHING)
        alone = View(view.histories, view.requests[1:])
        assert pairs(find_candidates(alone, SOURCES, {"left": 2, "right": 2}, EVERYTHING)) == [
            (0, item) for request, item in pairs(together) if request == 1
        ]

    def test_rows_can_be_chosen(self, view):
        found = find_candidates(view, SOURCES, {"left": 1, "right": 2}, EVERYTHING)
        chosen = found[found.request == 1]
        assert pairs(chosen) == [(1, 0), (1, 3), (1, 5)]
        assert chosen.scores["left"].tolist() == [9, 6, 4]
        assert chosen.given["right"].tolist() == [False, True, True]

    def test_nothing_left_to_recommend(self):
        histories = histories_of({1: "ab", 2: "a"})
        view = View(histories, asking(histories, [0, 1], [2, 1]))
        found = find_candidates(view, {"popularity": Popularity.count(histories)}, {"popularity": 5}, np.ones(2, bool))
        assert pairs(found) == [(1, 1)]

    def test_what_comes_after_a_request_changes_nothing(self):
        now, later = sequences({1: "abc", 2: "bde"}), sequences({1: "de", 2: "ca"}, start=3600)
        known = build_histories([now])
        found = []
        for histories in (known, build_histories([now, later])):
            view = View(histories, asking(known, [0, 1], [2, 3]))
            found.append(
                find_candidates(view, {"popularity": Popularity.count(known)}, {"popularity": 2}, np.ones(5, bool))
            )
        assert pairs(found[0]) == pairs(found[1])
        assert found[0].scores["popularity"].tobytes() == found[1].scores["popularity"].tobytes()


class TestRecall:
    def test_by_hand(self):
        """User 1 asks for c (rank 3 of the unseen e, d, c) and user 2 for e (rank 1 of e, d, c, a)."""
        histories = histories_of({1: "abc", 2: "be", 3: "d"})
        requests = asking(histories, [0, 1], [2, 1])
        recall = recall_at(Fixed([1, 2, 3, 4, 5]), histories, requests, np.ones(5, bool), [1, 2, 3])
        assert recall == {1: 1 / 2, 2: 1 / 2, 3: 1}

    def test_of_equal_scores_the_lower_code_comes_first(self):
        histories = histories_of({1: "ac", 2: "b"})
        asked = asking(histories, [0], [1])
        assert recall_at(Fixed([0, 1, 1]), histories, asked, np.ones(3, bool), [1, 2]) == {1: 0, 2: 1}
        assert recall_at(Fixed([0, 1, 2]), histories, asked, np.ones(3, bool), [1, 2]) == {1: 1, 2: 1}

    def test_an_item_outside_the_catalogue_is_never_found(self):
        histories = histories_of({1: "ab"})
        assert recall_at(Fixed([1, 2]), histories, asking(histories, [0], [1]), np.array([True, False]), [2, 9]) == {
            2: 0,
            9: 0,
        }

    def test_no_requests(self):
        assert recall_at(Fixed([1, 2]), HISTORIES, asking(HISTORIES, [], []), np.ones(3, bool), [5]) == {5: 0}

    def test_the_size_of_the_chunks_changes_nothing(self, monkeypatch):
        board = build_histories([checkerboard()])
        requests = asking(board, np.arange(board.n_users), board.lengths - 1)
        whole = recall_at(Popularity.count(board), board, requests, np.ones(24, bool), [1, 5, 12])
        monkeypatch.setattr(top, "CHUNK_CELLS", 24 * 4)
        assert recall_at(Popularity.count(board), board, requests, np.ones(24, bool), [1, 5, 12]) == whole
