import numpy as np
import pytest

from recommender.ranking.cascade import GAP, cascade
from recommender.ranking.ranker import STEPS
from recommender.retrieval.top import rank_in_row
from tests.ranking.test_ranker import SETTINGS, scores, table, train

SHORTLIST, FINALISTS = (size for _, size in STEPS)
RANKER = train(table(), table(seed=1), SETTINGS, [1, 2, 3])[0]


def crowd(sizes):
    """Requests with so many candidates each; few requests have fewer than a step lets through."""
    rows = table(n_requests=sum(sizes), size=1, seed=5)
    return np.repeat(np.arange(len(sizes)), sizes), rows.features


def test_where_no_step_is_crowded_everything_is_judged_by_all():
    request, features = crowd([FINALISTS, 3, 1])
    rows, found = cascade(RANKER, request, features, k=5)
    assert rows.tolist() == list(range(FINALISTS + 4))
    assert found.tolist() == RANKER.predict(features).tolist()


def test_each_step_lets_its_number_through():
    request, features = crowd([SHORTLIST + 40, FINALISTS + 5, 2])
    rows, found = cascade(RANKER, request, features, k=5)
    assert np.bincount(request[rows]).tolist() == [FINALISTS, FINALISTS, 2]
    assert found.tolist() == RANKER.predict(features[rows]).tolist()


@pytest.mark.parametrize("k", [FINALISTS + 3, SHORTLIST + 7])
def test_a_short_list_is_the_start_of_a_long_one(k):
    request, features = crowd([SHORTLIST + 40, FINALISTS + 5, 10])
    (few, known), (rows, found) = cascade(RANKER, request, features, FINALISTS), cascade(RANKER, request, features, k)
    assert rows.tolist() == list(range(len(request)))
    assert found[few].tolist() == known.tolist()
    last = rank_in_row(request, found)
    assert (last[few] < FINALISTS).all()
    assert (np.delete(last, few) >= FINALISTS).all()


def test_those_who_are_dropped_keep_their_order_and_come_after_all_who_got_further():
    request, features = crowd([SHORTLIST + 40])
    _, found = cascade(RANKER, request, features, k=100)
    first, second = RANKER.score(0, features), RANKER.score(0, features) + RANKER.score(1, features)
    order = np.argsort(-found, kind="stable")
    middle, late = order[FINALISTS:SHORTLIST], order[SHORTLIST:]
    for part, judged in ((middle, second), (late, first)):
        assert np.diff(found[part]) == pytest.approx(np.diff(judged[part]), abs=1e-12)
    for edge in (FINALISTS, SHORTLIST):
        assert found[order[edge - 1]] - found[order[edge]] == pytest.approx(GAP)


def test_those_who_are_dropped_are_not_the_best():
    rows = table(n_requests=10, size=200, seed=9)
    kept, found = cascade(RANKER, rows.request, rows.features, k=5)
    best = np.flatnonzero(rank_in_row(rows.request, scores(RANKER, rows)) == 0)
    through = kept[rank_in_row(rows.request[kept], found) == 0]
    assert through.tolist() == best.tolist()


def test_no_candidates_no_scores():
    rows, found = cascade(RANKER, np.zeros(0, np.int64), np.zeros((0, 2), np.float32), k=5)
    assert len(rows) == len(found) == 0
