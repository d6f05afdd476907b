import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from recommender.retrieval.embedding import N_COMPONENTS, order_embedding, positive_pmi, unit_rows
from recommender.retrieval.pairs import pair_counter
from tests.knowing import busy_log
from tests.logs import histories_of


def pairs_of(histories, window=3):
    counter = pair_counter(histories, window, 0.5)
    tables = counter.after(0, histories.n_items) + counter.before(0, histories.n_items)
    return sp.csr_array(sum(table.toarray() for table in tables)), counter.margins()


def embed(histories, seed=0):
    return order_embedding(*pairs_of(histories), seed)


class TestPmi:
    def test_by_hand(self):
        """a and b stand together 2 times of 8, a 2 and b 4 times at all: log(2 * 8 / (2 * 4)) = log 2."""
        counts = np.array([[0, 2, 0], [2, 0, 2], [0, 2, 0]], dtype=np.float32)
        found = positive_pmi(sp.csr_array(counts), counts.sum(axis=1, dtype=np.float64)).toarray()
        assert found == pytest.approx(np.log(2) * (counts > 0))

    @given(seed=st.integers(0, 99))
    def test_against_the_dense_formula(self, seed):
        pairs, margins = pairs_of(busy_log(seed=seed))
        with np.errstate(divide="ignore"):
            oracle = np.log(pairs.toarray() * margins.sum() / np.outer(margins, margins))
        assert positive_pmi(pairs, margins).toarray() == pytest.approx(np.maximum(oracle, 0))

    def test_pairs_of_chance_are_not_stored(self):
        """Everything stands next to everything equally often: log 1 = 0."""
        counts = np.ones((3, 3))
        assert positive_pmi(sp.csr_array(counts), counts.sum(axis=1)).nnz == 0


class TestEmbedding:
    def test_dot_products_are_cosines_of_the_factors(self):
        """With as many factors as there are, U sqrt(S): the cosines are those of the rows of |PMI|."""
        pairs, margins = pairs_of(busy_log(n_items=8, n_events=8))
        left, sizes, _ = np.linalg.svd(positive_pmi(pairs, margins).toarray())
        rows = (left * np.sqrt(sizes))[:, :7]
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        found = order_embedding(pairs, margins, seed=0)
        assert found @ found.T == pytest.approx(rows @ rows.T, abs=1e-3)

    def test_items_that_stand_together_are_closer(self):
        """Some walk through a to d and others through w to z."""
        found = embed(histories_of(dict.fromkeys(range(9), "abcd") | dict.fromkeys(range(9, 18), "wxyz")))
        close = found @ found.T
        assert close[:4, :4].mean() > close[:4, 4:].mean() + 0.3

    @pytest.mark.parametrize("log", [{1: "a"}, {1: "a", 2: "a"}, {1: "a", 2: "b", 3: "c"}])
    def test_without_pairs_zeros(self, log):
        found = embed(histories_of(log))
        assert (found.dtype, found.shape[0]) == (np.float32, histories_of(log).n_items)
        assert not found.any()

    @pytest.mark.parametrize("n_items", [3, 20, N_COMPONENTS + 10])
    def test_rows_of_length_one_whatever_the_size_of_the_catalogue(self, n_items):
        found = embed(busy_log(n_users=40, n_items=n_items, n_events=min(n_items, 30)))
        assert found.shape == (n_items, min(N_COMPONENTS, n_items - 1))
        assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(n_items), abs=1e-5)

    def test_two_items_fit_into_one_number(self):
        assert embed(histories_of({1: "ab"})).shape == (2, 1)

    def test_the_same_seed_and_any_number_of_threads_give_the_same_bytes(self):
        found = []
        for threads in (1, 2):
            with threadpool_limits(threads):
                found.append(embed(busy_log()).tobytes())
        assert found[0] == found[1]

    def test_the_inputs_stay(self):
        pairs, margins = pairs_of(busy_log())
        before = pairs.toarray(), margins.copy()
        order_embedding(pairs, margins, seed=0)
        assert (pairs.toarray() == before[0]).all()
        assert (margins == before[1]).all()


def test_rows_of_zeros_stay():
    assert unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])) == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))
