import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender.log.histories import build_histories
from recommender.log.views import RECENT, View
from recommender.retrieval.candidates import find_candidates
from recommender.retrieval.lookups import Lookup, Stack
from tests.knowing import busy_log, know
from tests.logs import asking_all, histories_of, short_logs

# Numbers of many sizes: added in another order they end in other bits.
CELLS = st.sampled_from([0, 0, 1, 0.1, 0.3, 1e-7, 3e5, -0.7])


def one_after_the_other(view, lookup):
    """Add float32 numbers event by event, the latest first."""
    rows = view.recent.item if lookup.rows is None else lookup.rows
    weights = np.broadcast_to(lookup.weights, rows.shape).astype(np.float32)
    found = np.zeros((len(rows), lookup.table.shape[1]), dtype=np.float32)
    for request, age in np.argwhere((view.recent.item >= 0) & (weights != 0)):
        row = lookup.table[[rows[request, age]]].toarray()[0]
        found[request] += weights[request, age] * row
    return found


@given(log=short_logs(), data=st.data())
def test_against_a_loop_over_the_events(log, data):
    histories = build_histories([log])
    view, n = View(histories, asking_all(histories)), histories.n_items
    drawn = [data.draw(arrays(np.float32, (rows, n), elements=CELLS.map(np.float32))) for rows in (n, 2 * n)]
    one, two = map(sp.csr_array, drawn)
    weights = data.draw(arrays(np.float64, view.recent.item.shape, elements=CELLS))
    alike, moved = data.draw(arrays(np.float32, RECENT, elements=CELLS.map(np.float32))), view.recent.item + n
    lookups = [Lookup(one, weights), Lookup(two, alike), Lookup(two, weights != 0, moved), Lookup(one, alike)]
    wanted = np.stack([one_after_the_other(view, lookup) for lookup in lookups])
    stack = Stack([one, two])
    assert stack.sums(view, lookups).tobytes() == wanted.tobytes()
    blocked = data.draw(arrays(bool, wanted.shape[1:]))
    request, item = np.nonzero(blocked)
    assert stack.sums_of(view, lookups, request, item).tobytes() == wanted[:, request, item].tobytes()


def test_by_hand():
    """User 1 met a, then b: the latest weighs 1, the one before 1/2; row of b: 3 4, row of a: 1 2."""
    histories = histories_of({1: "ab"})
    table = sp.csr_array(np.array([[1, 2], [3, 4]], dtype=np.float32))
    weights = 0.5 ** np.arange(RECENT)
    found = Stack([table]).sums(View(histories, asking_all(histories)), [Lookup(table, weights)])
    assert found.tolist() == [[[3 + 1 / 2, 4 + 2 / 2]]]


def test_the_tables_keep_their_values_and_share_the_memory_of_the_stack():
    tables = [sp.csr_array(np.eye(3, dtype=np.float32) * size) for size in (1, 2)]
    stack = Stack(tables)
    assert [table.toarray().tolist() for table in tables] == [(np.eye(3) * size).tolist() for size in (1, 2)]
    assert all(np.shares_memory(table.data, stack._table.data) for table in tables)
    assert {table.indices.dtype for table in tables} == {table.indptr.dtype for table in tables} == {np.dtype("int32")}


@pytest.mark.parametrize("n_requests", [0, 1, 10])
def test_sources_say_the_same_together_and_alone(n_requests):
    histories = busy_log()
    known = know(histories)
    view = View(histories, asking_all(histories)[:n_requests])
    together = find_candidates(view, known.sources, known.sizes, known.catalogue(view), stack=known.stack)
    alone = find_candidates(view, known.sources, known.sizes, known.catalogue(view))
    assert len(together.item) > 0 or not n_requests
    for name, scores in alone.scores.items():
        assert together.scores[name].tobytes() == scores.tobytes(), name
