import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import ndcg_score

from recommender.evaluation import metrics
from recommender.ndcg import ndcg

WIDTH = 8
HITS = arrays(np.bool_, st.tuples(st.integers(1, 6), st.just(WIDTH)))
K = st.integers(1, WIDTH)


def rows(*hits):
    return np.array(hits, dtype=np.bool_)


def enough(hits, missed):
    """Relevant items per user: those that were hit, and those that were missed."""
    return np.maximum(hits.sum(axis=1) + missed, 1)


@pytest.mark.parametrize(("k", "expected"), [(1, [0, 0, 1]), (2, [1, 0, 1]), (3, [1, 0, 1])])
def test_hit(k, expected):
    assert metrics.hit(rows([0, 1, 0], [0, 0, 0], [1, 1, 0]), k).tolist() == expected


@pytest.mark.parametrize(("k", "expected"), [(1, [0, 0, 1 / 4]), (2, [1, 0, 2 / 4]), (3, [1, 0, 2 / 4])])
def test_recall_divides_by_all_relevant_items(k, expected):
    found = metrics.recall(rows([0, 1, 0], [0, 0, 0], [1, 1, 0]), np.array([1, 2, 4]), k)
    assert found.tolist() == expected


@pytest.mark.parametrize(("k", "expected"), [(1, [0, 0, 1]), (2, [1 / 2, 0, 1]), (3, [1 / 2, 1 / 3, 1])])
def test_mrr_is_of_the_first_hit(k, expected):
    assert metrics.mrr(rows([0, 1, 0], [0, 0, 1], [1, 1, 0]), k).tolist() == expected


def test_ndcg_with_one_relevant_item():
    found = ndcg(rows([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]), np.ones(4, int), 3)
    assert found == pytest.approx([1, 1 / np.log2(3), 1 / np.log2(4), 0])


def test_ndcg_with_several_relevant_items():
    ideal = 1 / np.log2(2) + 1 / np.log2(3)
    assert ndcg(rows([0, 1, 1]), np.array([2]), 3) == pytest.approx([(1 / np.log2(3) + 1 / np.log2(4)) / ideal])


def test_the_ideal_list_holds_no_more_than_k_items():
    ideal = 1 / np.log2(2) + 1 / np.log2(3)
    assert ndcg(rows([0, 1, 1]), np.array([9]), 2) == pytest.approx([1 / np.log2(3) / ideal])


def test_a_list_of_hits_only_has_exactly_one():
    for k in range(1, 200):
        assert ndcg(np.ones((1, k), np.bool_), np.array([k]), k) == 1


def test_lists_shorter_than_k():
    hits, one = rows([0, 1]), np.array([1])
    assert metrics.hit(hits, 5) == [1]
    assert metrics.recall(hits, one, 5) == [1]
    assert metrics.mrr(hits, 5) == [1 / 2]
    assert ndcg(hits, one, 5) == pytest.approx([1 / np.log2(3)])


def test_one_relevant_item_makes_recall_the_same_as_hit():
    hits = rows([0, 1, 0], [0, 0, 0], [1, 0, 0])
    assert metrics.recall(hits, np.ones(3, int), 2).tolist() == metrics.hit(hits, 2).tolist()


@given(HITS, K)
def test_ndcg_agrees_with_scikit_learn(hits, k):
    """Scikit-learn ranks all relevant items, so every relevant one stands in the list here."""
    relevant = hits.sum(axis=1)
    hits, relevant = hits[relevant > 0], relevant[relevant > 0]
    scores = np.arange(WIDTH, 0, -1.0)
    theirs = [ndcg_score([row], [scores], k=k, ignore_ties=True) for row in hits.astype(int)]
    assert ndcg(hits, relevant, k) == pytest.approx(theirs)


@given(HITS, K, st.integers(0, 5))
def test_all_agree_with_plain_loops(hits, k, missed):
    relevant = enough(hits, missed)
    for user, row in enumerate(hits):
        ranks = [place + 1 for place in range(k) if row[place]]
        ideal = sum(1 / np.log2(rank + 1) for rank in range(1, min(relevant[user], k) + 1))
        assert metrics.hit(hits, k)[user] == (len(ranks) > 0)
        assert metrics.recall(hits, relevant, k)[user] == len(ranks) / relevant[user]
        assert metrics.mrr(hits, k)[user] == (1 / ranks[0] if ranks else 0)
        gained = sum(1 / np.log2(rank + 1) for rank in ranks)
        assert ndcg(hits, relevant, k)[user] == pytest.approx(gained / ideal)


@given(HITS, K, st.integers(0, 5))
def test_all_lie_between_zero_and_one(hits, k, missed):
    relevant = enough(hits, missed)
    for values in (
        metrics.hit(hits, k),
        metrics.recall(hits, relevant, k),
        ndcg(hits, relevant, k),
        metrics.mrr(hits, k),
    ):
        assert values.shape == (len(hits),)
        assert ((values >= 0) & (values <= 1)).all()


@given(HITS, st.integers(1, WIDTH - 1), st.integers(0, 5))
def test_longer_lists_never_lower_hit_recall_and_mrr(hits, k, missed):
    relevant = enough(hits, missed)
    assert (metrics.hit(hits, k + 1) >= metrics.hit(hits, k)).all()
    assert (metrics.recall(hits, relevant, k + 1) >= metrics.recall(hits, relevant, k)).all()
    assert (metrics.mrr(hits, k + 1) >= metrics.mrr(hits, k)).all()


@given(HITS, K)
def test_ndcg_lies_between_the_reciprocal_rank_and_the_hit(hits, k):
    one = np.zeros_like(hits)
    one[np.arange(len(hits)), hits.argmax(axis=1)] = hits.any(axis=1)
    found = ndcg(one, np.ones(len(one), int), k)
    assert (metrics.mrr(one, k) <= found + 1e-12).all()
    assert (found <= metrics.hit(one, k)).all()
