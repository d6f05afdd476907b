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


def top_by_sorting(scores, blocked, size):
    lists = []
    for values in np.where(blocked, -np.inf, scores):
        best = np.argsort(-values, kind="stable")[:size]
        found = sorted(best[values[best] > -np.inf].tolist())
        lists.append([*found, *[-1] * (size - len(found))])
    return lists


class TestTopItems:
    @given(scores=SCORES, size=st.integers(0, 12), data=st.data())
    def test_against_a_stable_sort(self, scores, size, data):
        blocked = data.draw(arrays(bool, scores.shape))
        assert top.top_items(scores, blocked, size).tolist() == top_by_sorting(scores, blocked, size)

    @given(scores=arrays(np.float32, (2, 40), elements=st.integers(0, 60).map(np.float32)), size=st.integers(1, 4))
    def test_many_more_items_than_are_wanted(self, scores, size):
        nothing = np.zeros(scores.shape, dtype=bool)
        expected = top_by_sorting(scores, nothing, size)
        assert top.top_items(scores, nothing, size).tolist() == expected
        assert top.top_items(np.asfortranarray(scores), nothing, size).tolist() == expected

    def test_of_equal_scores_the_lower_codes(self):
        scores = np.array([[1, 2, 1, 1]], dtype=np.float32)
        assert top.top_items(scores, np.zeros((1, 4), dtype=bool), 2).tolist() == [[0, 1]]

    def test_the_scores_stay(self):
        scores = np.array([[3, 1, 2]], dtype=np.float32)
        top.top_items(scores, np.zeros((1, 3), dtype=bool), 1)
        assert scores.tolist() == [[3, 1, 2]]


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
