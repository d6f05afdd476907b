import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender.retrieval import top

# Few distinct values, so that ties are the rule; -inf is an item that may not be chosen.
SCORES = arrays(
    np.float32, st.tuples(st.integers(0, 5), st.integers(1, 9)), elements=st.sampled_from([-np.inf, -1, 0, 0.5, 2])
)


def top_by_sorting(scores, size):
    mask = np.zeros(scores.shape, dtype=bool)
    for row, values in enumerate(scores):
        best = np.argsort(-values, kind="stable")[:size]
        mask[row, best[values[best] > -np.inf]] = True
    return mask


class TestTopMask:
    @given(scores=SCORES, size=st.integers(1, 12))
    def test_against_a_stable_sort(self, scores, size):
        assert top.top_mask(scores, size).tolist() == top_by_sorting(scores, size).tolist()

    @given(scores=arrays(np.float32, (2, 40), elements=st.integers(0, 60).map(np.float32)), size=st.integers(1, 4))
    def test_many_more_items_than_are_wanted(self, scores, size):
        expected = top_by_sorting(scores, size).tolist()
        assert top.top_mask(scores, size).tolist() == expected
        assert top.top_mask(np.asfortranarray(scores), size).tolist() == expected

    def test_of_equal_scores_the_lower_codes(self):
        assert top.top_mask(np.array([[1.0, 2, 1, 1]]), 2).tolist() == [[True, True, False, False]]

    def test_blocked_items_are_never_marked(self):
        assert top.top_mask(np.array([[-np.inf, -np.inf, -5.0]]), 2).tolist() == [[False, False, True]]

    def test_the_scores_stay(self):
        scores = np.array([[3.0, 1, 2]])
        top.top_mask(scores, 1)
        assert scores.tolist() == [[3, 1, 2]]


class TestTopItems:
    @given(scores=SCORES, size=st.integers(0, 12), data=st.data())
    def test_blocked_items_are_as_those_without_a_score(self, scores, size, data):
        blocked = data.draw(arrays(bool, scores.shape))
        found = top.top_items(scores, blocked, size)
        wanted = top_by_sorting(np.where(blocked, -np.inf, scores), size)
        for row, items in zip(found, wanted, strict=True):
            assert row.tolist() == [*np.flatnonzero(items), *[-1] * (size - items.sum())]


class TestRankInRow:
    @given(pairs=st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 1.0, 2.5])), max_size=30))
    def test_against_pandas(self, pairs):
        frame = pd.DataFrame(sorted(pairs, key=lambda pair: pair[0]), columns=["row", "score"])
        frame = frame.astype({"row": np.int64, "score": np.float64})
        oracle = frame.groupby("row")["score"].rank(method="first", ascending=False) - 1
        assert top.rank_in_row(frame["row"].to_numpy(), frame["score"].to_numpy()).tolist() == oracle.tolist()

    def test_by_hand(self):
        rows, scores = np.array([4, 4, 4, 9]), np.array([1.0, 3, 3, 0])
        assert top.rank_in_row(rows, scores).tolist() == [2, 0, 1, 0]

    def test_several_scores_of_each_entry(self):
        rows, scores = np.array([0, 0, 2]), np.array([[1.0, 3, 5], [2, 1, 0]])
        assert top.rank_in_row(rows, scores).tolist() == [[1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(("n_items", "size"), [(1, 100), (30, 3), (100, 1), (101, 1), (0, 100)])
def test_chunks_hold_at_most_so_many_cells_but_at_least_one_request(n_items, size, monkeypatch):
    monkeypatch.setattr(top, "CHUNK_CELLS", 100)
    assert top.chunk_size(n_items) == size
