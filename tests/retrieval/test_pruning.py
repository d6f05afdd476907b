import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender.retrieval.pruning import SHRINK, keep_largest, normalise
from tests.logs import is_sparse_equal

VALUES = st.sampled_from([0, 0.5, 1, 2, -1, 1e-9])
TABLES = arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 6)), elements=VALUES.map(np.float32))


class TestNormalise:
    def test_by_hand(self):
        """Item 0 has 4 events and item 1 has 11: 6 / (4 + 5)^0.5 / (11 + 5)^0.25."""
        counts = sp.csr_array(np.array([[0, 6], [0, 0]], dtype=np.float32))
        assert SHRINK == 5
        found = normalise(counts, 0, np.array([4, 11]), 0.5, 0.25).toarray()
        assert found == pytest.approx(np.array([[0, 6 / 3 / 2], [0, 0]]))

    def test_a_block_is_the_rows_of_the_whole(self):
        counts = sp.csr_array(np.arange(9, dtype=np.float32).reshape(3, 3))
        popularity = np.array([1, 20, 300])
        whole = normalise(counts, 0, popularity, 0.5, 0.25)
        assert is_sparse_equal(normalise(counts[1:], 1, popularity, 0.5, 0.25), whole[1:])


class TestKeepLargest:
    @given(table=TABLES, size=st.integers(1, 7))
    def test_against_a_dense_oracle(self, table, size):
        oracle = np.zeros_like(table)
        for row, values in enumerate(np.round(table, 6)):
            kept = np.argsort(-np.abs(values), kind="stable")[:size]
            oracle[row, kept] = values[kept]
        assert keep_largest(sp.csr_array(table), size).toarray().tolist() == oracle.tolist()

    @given(table=TABLES, size=st.integers(1, 7))
    def test_at_most_so_many_and_no_zero_is_stored(self, table, size):
        kept = keep_largest(sp.csr_array(table), size)
        assert (np.diff(kept.indptr) <= size).all()
        assert (kept.data != 0).all()

    def test_of_equal_ones_the_lower_columns(self):
        table = sp.csr_array(np.array([[1, -3, 1, 1]], dtype=np.float32))
        assert keep_largest(table, 2).toarray().tolist() == [[1, -3, 0, 0]]

    def test_the_input_stays(self):
        table = sp.csr_array(np.array([[1, 0, 2]], dtype=np.float32))
        keep_largest(table, 1)
        assert table.toarray().tolist() == [[1, 0, 2]]
