import numpy as np
import pytest

from recommender.log.histories import build_histories
from recommender.log.views import View, timed
from recommender.retrieval.sources import contexts
from recommender.retrieval.sources.contexts import DECAY, OTHER_BLOCK, WINDOW, Contexts
from tests.knowing import busy_log, settings, training
from tests.logs import histories_of, log, sequences, view_of
from tests.retrieval.test_event_contexts import contexts_by_loops

HISTORIES = busy_log()


def fit(histories, most_events, request_time):
    return Contexts.fit(training(histories, settings(context_events=most_events, request_time=request_time)))


def pause_kind(seconds):
    return sum(seconds > edge for edge in (0, 60, 3600))


def scores_by_loops(histories, events, request_time):
    """Compare what came before some events with what came before all events, one by one."""
    n, seconds = histories.n_items, histories.time // 1_000_000
    rarity = np.tile((histories.counts + 10.0) ** -0.25, 2)
    contexts = contexts_by_loops(histories, WINDOW, DECAY, request_time)
    scores = np.zeros((len(events), n))
    for row, asked in enumerate(events):
        for event in range(len(histories.item)):
            first = event == histories.indptr[histories.user[event]]
            pauses = [seconds[at] - seconds[at - 1] for at in (asked, event)]
            if first or (request_time and pause_kind(pauses[0]) != pause_kind(pauses[1])):
                continue
            near = contexts[event] * rarity
            swapped = np.concatenate((near[n:], near[:n]))
            scores[row, histories.item[event]] += (contexts[asked] @ (near + OTHER_BLOCK * swapped)) ** 3
    return scores


@pytest.mark.parametrize("request_time", [True, False])
def test_against_loops_over_all_events(request_time):
    users, positions = np.array([0, 3, 3, 9]), np.array([1, 5, 6, 11])
    view = View(HISTORIES, timed(HISTORIES, users, positions, request_time))
    found = fit(HISTORIES, 10_000, request_time).score(view)
    oracle = scores_by_loops(HISTORIES, HISTORIES.indptr[users] + positions, request_time)
    assert oracle.max() > 0
    assert found == pytest.approx(oracle, rel=1e-4)


def test_a_matching_passage_counts_more_than_its_parts():
    """Of four users "ab" was followed by c, "a" and "b" alone by d; somebody met a and b."""
    histories = histories_of({1: "abc", 2: "awd", 3: "wbd", 4: "ab"})
    scores = fit(histories, 100, False).score(view_of(histories, [3], [2]))[0]
    assert histories.items[scores.argmax()] == "c"


def test_only_events_after_a_like_pause_are_neighbours():
    """After a second b follows a, after an hour c does."""
    events = log((1, "a", 1, 0), (1, "b", 1, 1), (2, "a", 1, 0), (2, "c", 1, 3600), (3, "a", 1, 0), (3, "b", 1, 1800))
    histories = build_histories([events])
    view = View(histories, timed(histories, np.array([2]), np.array([1]), True))
    assert (fit(histories.until(np.array([2, 2, 1])), 9, True).score(view)[0] > 0).tolist() == [0, 0, 1]


def test_only_the_latest_events_are_neighbours():
    """b followed a an hour ago, c only now."""
    parts = [sequences({1: "ab"}), sequences({2: "ac", 3: "a"}, start=3600)]
    histories = build_histories(parts)
    view = view_of(histories, [2], [1])
    assert (fit(histories, 3, False).score(view)[0] > 0).tolist() == [False, False, True]
    assert (fit(histories, 99, False).score(view)[0] > 0).tolist() == [False, True, True]


@pytest.mark.parametrize("request_time", [True, False])
@pytest.mark.parametrize("spelled", [{1: "a"}, {1: "a", 2: "b"}, {1: "ab", 2: "c"}])
def test_an_empty_history_scores_zero_whatever_was_learnt(spelled, request_time):
    histories = histories_of(spelled)
    knn = fit(histories, 9, request_time)
    assert not knn.score(view_of(histories, [0], [0])).any()
    assert knn.score(view_of(histories, [0], [1])).shape == (1, histories.n_items)


def test_blocks_of_events_change_nothing(monkeypatch):
    view = view_of(HISTORIES, np.arange(10), np.arange(1, 11))
    knn = fit(HISTORIES, 10_000, True)
    whole = knn.score(view)
    monkeypatch.setattr(contexts, "BLOCK", 3)
    np.testing.assert_allclose(knn.score(view), whole, rtol=1e-6)
