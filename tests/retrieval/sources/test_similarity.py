import numpy as np
import pytest
from hypothesis import given

from recommender.log.histories import build_histories
from recommender.retrieval import pairs
from recommender.retrieval.pruning import SHRINK
from recommender.retrieval.sources.similarity import item_cosine
from tests.knowing import busy_log
from tests.logs import histories_of, is_sparse_equal, short_logs


def test_by_hand():
    """Two of three users met both a and b; a has 3 events and b 2: 2 / sqrt((3 + 5) (2 + 5))."""
    found = item_cosine(histories_of({1: "ab", 2: "ba", 3: "a"}), kept=9).toarray()
    assert found == pytest.approx(np.array([[0, 2 / 56**0.5], [2 / 56**0.5, 0]]), abs=1e-6)


@given(events=short_logs())
def test_against_a_dense_cosine(events):
    histories = build_histories([events])
    met = (histories.matrix().toarray() > 0).astype(float)
    sizes = np.sqrt(met.sum(axis=0) + SHRINK)
    oracle = met.T @ met / np.outer(sizes, sizes)
    np.fill_diagonal(oracle, 0)
    assert item_cosine(histories, kept=99).toarray() == pytest.approx(oracle, abs=1e-6)


def test_ratings_and_order_change_nothing():
    logs = [histories_of({1: "abc", 2: "bd"}), histories_of({1: "cab", 2: "db"}, rating=5.0)]
    assert is_sparse_equal(*(item_cosine(histories, 9) for histories in logs))


def test_the_size_of_the_blocks_changes_nothing(monkeypatch):
    whole = item_cosine(busy_log(), 4)
    monkeypatch.setattr(pairs, "BLOCK_WORK", 60)
    assert is_sparse_equal(item_cosine(busy_log(), 4), whole)


def test_the_histories_stay():
    histories = histories_of({1: "ab", 2: "ab"}, rating=3.0)
    item_cosine(histories, 9)
    assert histories.rating.tolist() == [3] * 4
