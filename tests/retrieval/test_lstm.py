"""The arithmetic of the network, on weights that are made here: torch is not needed."""

import numpy as np
import pytest

from recommender.log.views import View
from recommender.retrieval.lstm import N_PAUSES, UNKNOWN, Lstm, pause_kinds
from tests.logs import asking, histories_of, view_of

HISTORIES = histories_of({1: "abc", 2: "cb"}, pause=30)


def tiny(request_time=True, **changes):
    """One unit whose memory is half new at every event, and half of it is shown: items are worth 1, 2 and 3."""
    weights = {
        "item": [[1], [2], [3]],
        "pause": np.zeros((N_PAUSES, 1)),
        "bias": [0, 0, 0],
        "from_input": [[0], [0], [1], [0]],
        "from_state": [[0], [0], [0], [0]],
        "gate_bias": [0, 0, 0, 0],
        "out": [[1, 0]],
        "out_bias": [0],
    } | changes
    return Lstm(**{name: np.array(part, np.float32) for name, part in weights.items()}, request_time=request_time)


def test_each_event_moves_the_memory_half_way_to_what_is_new():
    """a: tanh(1) / 2; then b: half of that and tanh(2) / 2. Only c, worth 3, is not met: its probability is 1."""
    state = np.tanh(np.tanh(1) / 4 + np.tanh(2) / 2) / 2
    found = tiny().log_probabilities(view_of(HISTORIES, [0], [2]))
    assert found == pytest.approx(np.array([[-2, -1, 0]]) * state, rel=1e-6)


def test_the_latest_event_counts_directly_too():
    """It is b, worth 2, after a pause worth 5: each item has 7 times its worth."""
    lstm = tiny(out=[[0, 1]], pause=np.full((N_PAUSES, 1), 5))
    found = lstm.log_probabilities(view_of(HISTORIES, [0], [2]))
    assert found == pytest.approx(np.array([[-2, -1, 0]]) * 7, rel=1e-6)


def test_before_any_event_the_biases_decide():
    """Of two events, users who have met nothing choose a with 1/4, b with 1/4 and c with 1/2."""
    found = tiny(bias=np.log([1, 1, 2])).log_probabilities(view_of(HISTORIES, [0], [0]))
    assert np.exp(found) == pytest.approx(np.array([[0.25, 0.25, 0.5]]))


def test_the_probabilities_of_what_is_not_met_add_up_to_one():
    view = view_of(HISTORIES, [0, 0, 1], [0, 1, 1])
    found = np.exp(tiny(bias=[0.3, -2, 5]).log_probabilities(view))
    assert np.where(view.seen, 0, found).sum(axis=1) == pytest.approx([1, 1, 1])


def test_large_scores_stay_finite():
    found = tiny(bias=[1e4, -1e4, 0]).log_probabilities(view_of(HISTORIES, [0, 1], [1, 2]))
    assert np.isfinite(found).all()


@pytest.mark.parametrize(("request_time", "kinds"), [(True, [700, 30]), (False, [30, None])])
def test_each_event_comes_with_the_pause_after_it_or_before_it(request_time, kinds):
    """User 1 knows a and b, which are 30 s apart, and asks 700 s after b; nothing is known before a."""
    requests = asking(HISTORIES, [0], [2])
    requests.time[:] += 700_000_000
    view, lstm = View(HISTORIES, requests), tiny(request_time)
    found = lstm._kinds(view.recent.seconds, view.recent.item >= 0)[0, :2]
    assert found.tolist() == [UNKNOWN if kind is None else pause_kinds(np.array(kind)) for kind in kinds]
