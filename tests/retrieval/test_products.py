import numpy as np
import pytest

from recommender.log.histories import build_histories
from recommender.log.views import fading
from recommender.retrieval.products import context_products
from recommender.retrieval.sources.ridge import FOLLOWED, FOLLOWED_DECAY
from tests.knowing import busy_log
from tests.logs import log
from tests.retrieval.test_event_contexts import contexts_by_loops

HISTORIES = busy_log()
EVENTS = np.arange(len(HISTORIES.item))
FALLING = (FOLLOWED_DECAY ** np.arange(FOLLOWED)).astype(np.float32)


def targets_by_loops(histories):
    """The event itself, and those that follow it at the same moment."""
    table = np.zeros((len(histories.item), histories.n_items))
    for event in range(len(histories.item)):
        for lag in range(min(FOLLOWED, len(histories.item) - event)):
            same = (
                histories.user[event + lag] == histories.user[event],
                histories.time[event + lag] == histories.time[event],
            )
            table[event, histories.item[event + lag]] += all(same) * FOLLOWED_DECAY**lag
    return table


@pytest.mark.parametrize("request_time", [True, False])
@pytest.mark.parametrize("items", [np.arange(20), np.array([1, 4, 7, 13])])
def test_against_products_of_matrices(items, request_time):
    rows = contexts_by_loops(HISTORIES, 3, 0.5, request_time)[:, np.concatenate((items, items + 20))]
    targets = targets_by_loops(HISTORIES)[:, items]
    found = context_products(HISTORIES, EVENTS, items, fading(0.5, 3)[:3], FALLING, request_time)
    assert found[0] == pytest.approx(np.triu(rows.T @ rows), rel=1e-5)
    assert found[1] == pytest.approx(rows.T @ targets, rel=1e-5)


def test_by_hand():
    """c came after b in the same block and after a (weight 1/2) before it; d came at the same time as c."""
    histories = build_histories([log((1, "a", 1, 0), (1, "b", 1, 9), (1, "c", 1, 9), (1, "d", 1, 9))])
    gram, cross = context_products(histories, np.array([2]), np.arange(4), fading(0.5, 2)[:2], FALLING, True)
    context = [0, 1, 0, 0, 0.5, 0, 0, 0]
    assert gram.tolist() == np.triu(np.outer(context, context)).tolist()
    assert cross == pytest.approx(np.outer(context, [0, 0, 1, 0.8]))


def test_an_item_twice_in_a_context_weighs_as_much_as_both():
    histories = build_histories([log((1, "a", 1, 0), (1, "a", 1, 0), (1, "b", 1, 0))])
    gram, cross = context_products(histories, np.array([2]), np.arange(2), fading(0.5, 2)[:2], FALLING, True)
    assert gram[0, 0] == 1.5**2
    assert cross[0].tolist() == [0, 1.5]


def test_each_event_adds_its_own_products():
    items, weights = np.arange(20), fading(0.5, 3)[:3]
    parts = [context_products(HISTORIES, EVENTS[at::2], items, weights, FALLING, True) for at in (0, 1)]
    whole = context_products(HISTORIES, EVENTS, items, weights, FALLING, True)
    for one, left, right in zip(whole, *parts, strict=True):
        assert one == pytest.approx(left + right, rel=1e-5)
