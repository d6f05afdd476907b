"""What is logged of an answer, against the histories and the sources themselves."""

import numpy as np
import pytest

from recommender.log.views import Requests, View
from recommender.ranking.scored import Scored, best
from recommender.request_log.description import explain, measure, some
from tests.logs import asking, histories_of, view_of

HOUR = 3_600_000_000
NOTHING = np.empty(0, dtype=np.int64)


def answer(artifacts, name, rows=slice(None), k=5):
    view = View(artifacts.histories, artifacts.open(name).requests[rows])
    scored = artifacts.open(name).policy.score(view, k)
    top, _ = best(scored, k)
    return view, artifacts.asked[view.requests.user], scored, top


@pytest.fixture(scope="module")
def answered(artifacts):
    return answer(artifacts, "two_stage")


class TestTwoStage:
    def test_the_ranking_is_what_was_served(self, answered):
        view, _, _, top = answered
        for row, found in enumerate(explain(*answered, "two_stage")):
            at = top.request == row
            assert found.ranking.items == view.histories.items[top.item[at]].tolist()
            assert found.ranking.scores == pytest.approx(top.score[at], abs=1e-6)

    def test_the_candidates_are_those_of_each_source_best_first(self, answered, artifacts):
        view, sources = answered[0], artifacts.open("two_stage").policy.knowledge.sources
        found = explain(*answered, "two_stage")
        for name in ("svd", "popularity"):
            scores = np.where(view.seen, -np.inf, sources[name].score(view))
            for row in range(len(view.requests)):
                offer = found[row].candidates[name]
                expected = scores[row][np.argsort(-scores[row], kind="stable")[: len(offer.items)]]
                assert offer.scores == pytest.approx(expected, abs=1e-6)
                assert [scores[row][item] for item in offer.items] == pytest.approx(offer.scores, abs=1e-6)

    def test_what_is_served_was_handed_in_by_some_source(self, answered):
        for found in explain(*answered, "two_stage"):
            offered = {item for offer in found.candidates.values() for item in offer.items}
            assert set(found.ranking.items) <= offered
            assert found.features["candidates"] == len(offered)

    @pytest.mark.parametrize("rows", [[0], [3, 7, 29], [], list(range(30))])
    def test_some_of_a_chunk_are_explained_alike(self, answered, rows):
        view, asked, scored, top = answered
        kept = np.isin(np.arange(len(view.requests)), rows)
        chosen = some(view, scored, top, kept)
        whole = explain(*answered, "two_stage")
        assert explain(chosen[0], asked[kept], *chosen[1:], "two_stage") == [whole[row] for row in rows]


def test_a_policy_of_one_source_has_its_own_list_as_candidates(artifacts):
    for found in explain(*answer(artifacts, "svd"), "svd"):
        assert found.candidates == {"svd": found.ranking}
        assert found.features["candidates"] == 5


class TestMeasure:
    def test_by_hand(self):
        """User 1 met a, b, c; item a has 2 events, the others 1; asked two hours after c; b and c are served."""
        histories = histories_of({1: "abc", 2: "a"}, rating=4.0)
        view = view_of(histories, [0], [3])
        top = Scored(np.array([0, 0]), np.array([1, 2]), np.array([2.0, 1.0]))
        found = measure(view, view.requests.time + 2 * HOUR, top, np.array([17]), histories.counts)
        assert {name: values.tolist() for name, values in found.items()} == {
            "history_events": [3],
            "pause_hours": [2],
            "history_popularity": [pytest.approx((np.log(3) + 2 * np.log(2)) / 3)],
            "history_rating": [4],
            "served_popularity": [pytest.approx(np.log(2))],
            "candidates": [17],
        }

    def test_only_the_last_ten_events_count(self):
        histories = histories_of({1: "abcdefghijkl", 2: "ab", 3: "ab"})
        view = view_of(histories, [0], [12])
        found = measure(
            view, view.requests.time, Scored(NOTHING, NOTHING, np.empty(0)), np.array([0]), histories.counts
        )
        assert found["history_popularity"].tolist() == pytest.approx([np.log(2)])

    def test_without_history_and_without_list(self):
        histories = histories_of({1: "ab"})
        view = View(histories, Requests(*(np.array([0]) for _ in range(3))))
        (found,) = explain(view, np.array([HOUR]), *[Scored(NOTHING, NOTHING, np.empty(0))] * 2, "popularity")
        assert found.features == {"history_events": 0, "candidates": 0}
        assert (found.ranking.items, found.candidates) == ([], {})

    def test_events_after_the_request_change_nothing(self):
        short, long = histories_of({1: "abc", 2: "ab"}), histories_of({1: "abcba", 2: "ab"})
        top = Scored(np.array([0]), np.array([2]), np.array([1.0]))
        features = [
            measure(View(events, asking(events, [0], [3])), np.array([HOUR]), top, np.array([1]), events.counts)
            for events in (short, long)
        ]
        own = ("history_events", "history_rating")
        assert [features[0][name] for name in own] == [features[1][name] for name in own]
