import re

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from recommender.errors import ParameterError
from recommender.retrieval.regression import popular_items
from recommender.retrieval.sources.ease import fit_ease
from recommender.retrieval.sources.ridge import BlockRidge, Ridge
from tests.knowing import busy_log, settings, training
from tests.logs import histories_of, is_sparse_equal
from tests.retrieval.test_event_contexts import contexts_by_loops
from tests.retrieval.test_products import targets_by_loops

HISTORIES = busy_log()
SETTINGS = settings(window=3, decay=0.5, ridge_penalty=2.0)


def fit_ridge(histories, sequence, blocks):
    return (BlockRidge if blocks else Ridge).fit(training(histories, sequence)).table


def by_numpy(rows, targets, penalty):
    return np.linalg.solve(rows.T @ rows + penalty * np.eye(rows.shape[1]), rows.T @ targets)


class TestRidge:
    @pytest.mark.parametrize("request_time", [True, False])
    def test_blocks_against_numpy(self, request_time):
        rows = contexts_by_loops(HISTORIES, 3, 0.5, request_time)
        found = fit_ridge(HISTORIES, SETTINGS.model_copy(update={"request_time": request_time}), blocks=True)
        assert found.toarray() == pytest.approx(by_numpy(rows, targets_by_loops(HISTORIES), 2.0), abs=2e-6)

    def test_without_blocks_both_halves_are_the_same(self):
        rows = contexts_by_loops(HISTORIES, 3, 0.5, True)
        near, far = np.split(rows, 2, axis=1)
        oracle = by_numpy(near + far, targets_by_loops(HISTORIES), 2.0)
        found = np.split(fit_ridge(HISTORIES, SETTINGS, blocks=False).toarray(), 2)
        assert found[0] == pytest.approx(oracle, abs=2e-6)
        assert (found[0] == found[1]).all()

    def test_what_always_follows_has_the_largest_weight(self):
        found = fit_ridge(histories_of(dict.fromkeys(range(20), "abcd")), SETTINGS, blocks=False).toarray()[:4]
        assert found[:3].argmax(axis=1).tolist() == [1, 2, 3]

    @pytest.mark.parametrize("blocks", [True, False])
    def test_only_popular_items_have_weights(self, blocks):
        histories = histories_of({1: "abc", 2: "ab", 3: "bad"})
        found = fit_ridge(histories, SETTINGS.model_copy(update={"ridge_items": 2}), blocks)
        assert found.shape == (8, 4)
        assert {*(found.tocoo().row % 4), *found.tocoo().col} <= {0, 1}

    @pytest.mark.parametrize("penalty", [1e-300, 1e300])
    @pytest.mark.parametrize("fit", [fit_ease, lambda *arguments: fit_ridge(*arguments, blocks=True)])
    def test_a_penalty_without_a_solution_is_named(self, fit, penalty):
        """Items that always come together: X'X has no inverse."""
        histories = histories_of(dict.fromkeys(range(20), "abcd"))
        with pytest.raises(ParameterError, match=f"sequence.ridge_penalty: {re.escape(f'{penalty:g}')} gives no"):
            fit(histories, SETTINGS.model_copy(update={"ridge_penalty": penalty}))

    def test_rows_are_cut(self):
        found = fit_ridge(HISTORIES, SETTINGS.model_copy(update={"neighbours": 2}), blocks=True)
        assert np.diff(found.indptr).max() == 2

    @pytest.mark.parametrize("log", [{1: "a"}, {1: "a", 2: "b"}])
    def test_without_pairs_there_are_no_weights(self, log):
        assert fit_ridge(histories_of(log), SETTINGS, blocks=True).nnz == 0

    def test_only_the_latest_events_are_learnt_from(self):
        """User 2 comes a day later."""
        histories = histories_of({1: "ab", 2: "cd"})
        histories.time[2:] += 86_400_000_000
        found = fit_ridge(histories, SETTINGS.model_copy(update={"context_events": 2}), blocks=False)
        assert {*(found.tocoo().row % 4), *found.tocoo().col} == {2, 3}


class TestEase:
    def test_against_the_formula(self):
        """B = -P / diag(P) with P = (X'X + penalty I)^-1, and a diagonal of zeros."""
        met = (HISTORIES.matrix().toarray() > 0).astype(float)
        inverse = np.linalg.inv(met.T @ met + 2.0 * np.eye(HISTORIES.n_items))
        oracle = -inverse / np.diag(inverse)
        np.fill_diagonal(oracle, 0)
        assert fit_ease(HISTORIES, SETTINGS).toarray() == pytest.approx(oracle, abs=5e-6)

    def test_the_order_of_events_changes_nothing(self):
        logs = [histories_of(log) for log in ({1: "abc", 2: "bd"}, {1: "cab", 2: "db"})]
        assert is_sparse_equal(*(fit_ease(histories, SETTINGS) for histories in logs))

    def test_an_item_without_events_has_no_weights(self):
        histories = histories_of({1: "abc", 2: "abd"}).until(np.array([3, 2]))
        assert not {3} & {*fit_ease(histories, SETTINGS).tocoo().row, *fit_ease(histories, SETTINGS).tocoo().col}


def test_popular_items_in_order_of_their_codes():
    histories = histories_of({1: "cab", 2: "cb", 3: "cd"}).until(np.array([3, 2, 1]))
    assert popular_items(histories, 2).tolist() == [1, 2]
    assert popular_items(histories, 99).tolist() == [0, 1, 2]


def test_the_number_of_threads_changes_nothing():
    fits = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            fits.append((fit_ridge(HISTORIES, SETTINGS, blocks=True), fit_ease(HISTORIES, SETTINGS)))
    assert all(is_sparse_equal(left, right) for left, right in zip(*fits, strict=True))
