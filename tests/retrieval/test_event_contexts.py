import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.log.histories import build_histories
from recommender.log.views import View, timed
from recommender.retrieval.event_contexts import event_contexts, latest_events, request_contexts
from tests.knowing import busy_log
from tests.logs import log, short_logs, view_of

PAGES = build_histories([log((1, "a", 1, 0), (1, "b", 1, 100), (1, "c", 1, 101), (1, "d", 1, 103))])


def contexts_by_loops(histories, window, decay, request_time):
    """Look back from each event, one by one."""
    n, seconds = histories.n_items, histories.time // 1_000_000
    table = np.zeros((len(histories.item), 2 * n))
    for event, user in enumerate(histories.user):
        moment = seconds[event] if request_time else seconds[max(event - 1, 0)]
        for lag in range(1, window + 1):
            if event - lag >= histories.indptr[user]:
                far = moment - seconds[event - lag] > 2
                table[event, histories.item[event - lag] + n * far] += decay ** (lag - 1)
    return table


def contexts_of(histories, window, decay, request_time):
    events, ones = np.arange(len(histories.item)), np.ones(histories.n_items, dtype=np.float32)
    return event_contexts(histories, events, window, decay, request_time, ones)


class TestEventContexts:
    def test_by_hand(self):
        """Before d at 103 s: c at 101 s is of its block, b at 100 s and a are not."""
        found = contexts_of(PAGES, 3, 0.5, request_time=True).toarray()
        assert found[3].tolist() == [*(0, 0, 1, 0), *(1 / 4, 1 / 2, 0, 0)]

    def test_without_the_time_of_the_event_the_block_is_that_of_the_event_before(self):
        """Seen from c at 101 s, b at 100 s is of the block too; the time of d itself is not known."""
        found = contexts_of(PAGES, 3, 0.5, request_time=False).toarray()
        assert found[3].tolist() == [*(0, 1 / 2, 1, 0), *(1 / 4, 0, 0, 0)]

    def test_the_first_event_has_none(self):
        assert contexts_of(PAGES, 3, 0.5, request_time=True)[[0]].nnz == 0

    @given(events=short_logs(), window=st.integers(1, 4), request_time=st.booleans())
    def test_against_loops(self, events, window, request_time):
        histories = build_histories([events])
        found = contexts_of(histories, window, 0.5, request_time).toarray()
        assert found.tolist() == contexts_by_loops(histories, window, 0.5, request_time).tolist()

    def test_some_events_have_the_rows_of_all(self):
        histories = busy_log()
        events, weights = np.array([3, 17, 40]), np.arange(1, 21, dtype=np.float32)
        some = event_contexts(histories, events, 4, 0.5, True, weights).toarray()
        whole = contexts_by_loops(histories, 4, 0.5, True)[events] * np.tile(weights, 2)
        assert some == pytest.approx(whole)

    @pytest.mark.parametrize("request_time", [True, False])
    def test_a_request_sees_what_its_event_saw_in_training(self, request_time):
        """Parts of a second included."""
        histories = busy_log()
        histories.time[:] += np.arange(len(histories.time)) * 333_333
        events = np.flatnonzero(np.arange(len(histories.item)) > histories.indptr[histories.user])
        asked = timed(
            histories, histories.user[events], events - histories.indptr[histories.user[events]], request_time
        )
        trained = contexts_of(histories, 4, 0.5, request_time)[events]
        assert (request_contexts(View(histories, asked), 4, 0.5).toarray() == trained.toarray()).all()


def test_an_empty_history_has_an_empty_context():
    assert request_contexts(view_of(PAGES, [0], [0]), 3, 0.5).nnz == 0


@pytest.mark.parametrize(("most", "events"), [(1, [2]), (2, [0, 2]), (99, [0, 1, 2, 3])])
def test_latest_events_are_the_latest_in_time_and_of_equal_ones_the_first(most, events):
    histories = build_histories([log((1, "a", 1, 5), (2, "b", 1, 3), (2, "c", 1, 9), (3, "d", 1, 5))])
    assert latest_events(histories, most).tolist() == events
