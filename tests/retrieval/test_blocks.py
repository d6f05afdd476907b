import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.decomposition import TruncatedSVD

from recommender.engine.local import ONE_THREAD, Local
from recommender.log.histories import build_histories
from recommender.retrieval import blocks
from recommender.retrieval.blocks import blocks_of_users, truncated_svd
from tests.logs import checkerboard, histories_of, log

RANDOM = np.random.default_rng(3)
PAIRS = np.argwhere(RANDOM.random((90, 40)) < np.linspace(0.9, 0.1, 40))
LOG = build_histories([log(*((u, i, 1 + (u * i) % 5, at) for at, (u, i) in enumerate(RANDOM.permutation(PAIRS))))])


@pytest.fixture
def few_events(monkeypatch):
    """Let a block end after about 100 events."""
    monkeypatch.setattr(blocks, "BLOCK_EVENTS", 100)
    monkeypatch.setattr(blocks, "EVENTS_PER_ITEM", 1)
    monkeypatch.setattr(blocks, "EVENTS_PER_USER", 0)


def decompose(histories, n_components=5, n_iter=7, engine=ONE_THREAD):
    return truncated_svd(blocks_of_users(histories, histories.rating), n_components, n_iter, 0, engine)


def dense(parts):
    return np.vstack([part.toarray() for part in parts])


class TestBlocks:
    def test_under_one_another_they_are_the_matrix(self, few_events):
        parts = blocks_of_users(LOG, LOG.rating)
        assert len(parts) == -(-len(LOG.item) // 100)
        assert (dense(parts) == LOG.matrix().toarray()).all()

    def test_users_without_events_count_as_well(self, monkeypatch):
        """Of 90 users with no event, each counts 2: 50 of them are 100."""
        monkeypatch.setattr(blocks, "BLOCK_EVENTS", 100)
        monkeypatch.setattr(blocks, "EVENTS_PER_ITEM", 1)
        monkeypatch.setattr(blocks, "EVENTS_PER_USER", 2)
        empty = LOG.until(np.zeros(90, dtype=np.int64))
        assert [part.shape for part in blocks_of_users(empty, empty.rating)] == [(50, 40), (40, 40)]

    def test_a_block_of_many_items_has_more_events(self, monkeypatch):
        monkeypatch.setattr(blocks, "BLOCK_EVENTS", 100)
        monkeypatch.setattr(blocks, "EVENTS_PER_ITEM", len(LOG.item))
        assert len(blocks_of_users(LOG, LOG.rating)) == 1

    def test_a_cell_is_the_sum_of_its_events(self):
        twice = histories_of({1: "aba", 2: "bb"})
        assert dense(blocks_of_users(twice, twice.rating)).tolist() == [[2, 1], [0, 2]]

    def test_the_histories_stay_as_they_are(self):
        before = LOG.rating.tobytes(), LOG.item.tobytes()
        decompose(LOG)
        assert (LOG.rating.tobytes(), LOG.item.tobytes()) == before


class TestAgainstScikitLearn:
    """With so many iterations both are exact."""

    OURS = decompose(LOG, n_iter=60)
    THEIRS = TruncatedSVD(5, n_iter=60, random_state=0).fit(sp.csr_matrix(LOG.matrix().astype(np.float64)))

    def test_singular_values(self):
        assert self.OURS.sizes == pytest.approx(self.THEIRS.singular_values_, rel=1e-9)

    def test_factors_and_their_signs(self):
        assert self.OURS.factors == pytest.approx(self.THEIRS.components_.T, abs=1e-7)

    def test_explained_variance(self):
        assert self.OURS.explained_variance == pytest.approx(self.THEIRS.explained_variance_ratio_, rel=1e-7)


def test_few_iterations_are_as_exact_as_those_of_scikit_learn():
    """The worst singular value of five seeds, with one power iteration."""
    rows, matrix = blocks_of_users(LOG, LOG.rating), sp.csr_matrix(LOG.matrix().astype(np.float64))
    exact = np.linalg.svd(matrix.toarray(), compute_uv=False)[:5]
    ours = [truncated_svd(rows, 5, 1, seed, ONE_THREAD).sizes for seed in range(5)]
    theirs = [TruncatedSVD(5, n_iter=1, random_state=seed).fit(matrix).singular_values_ for seed in range(5)]
    assert np.abs(ours - exact).max() <= 1.5 * np.abs(theirs - exact).max()


@pytest.mark.parametrize("workers", [2, 5])
def test_threads_give_the_bytes_of_one(few_events, workers):
    one, several = decompose(LOG), decompose(LOG, engine=Local(workers))
    for name in ("factors", "sizes", "explained_variance"):
        assert getattr(one, name).tobytes() == getattr(several, name).tobytes()


def test_other_blocks_give_the_same_components(monkeypatch):
    whole = decompose(LOG)
    monkeypatch.setattr(blocks, "BLOCK_EVENTS", 60)
    monkeypatch.setattr(blocks, "EVENTS_PER_ITEM", 1)
    assert decompose(LOG).factors == pytest.approx(whole.factors, abs=1e-9)


def test_beyond_the_rank_of_the_matrix_there_is_nothing():
    """Two kinds of users, who met all items of their colour: the matrix of ones has rank 2."""
    board = build_histories([checkerboard()])
    found = truncated_svd(blocks_of_users(board, np.ones_like(board.rating)), 4, 3, 0, ONE_THREAD)
    assert found.sizes == pytest.approx([np.sqrt(15 * 12)] * 2 + [0, 0])
    assert not found.factors[:, 2:].any()
    assert not found.explained_variance[2:].any()


def test_each_component_has_a_positive_largest_entry():
    factors = decompose(LOG).factors
    assert (factors.max(axis=0) >= -factors.min(axis=0)).all()
