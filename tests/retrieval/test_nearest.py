"""The index of the factors: off unless it is asked for, then most of the best items, with exact scores."""

import importlib.util
import pickle
import sys
from dataclasses import replace

import numpy as np
import pytest

from recommender.errors import ParameterError
from recommender.log.views import View
from recommender.retrieval import index_recall, nearest
from recommender.retrieval.factors import ItemFactors
from recommender.retrieval.nearest import Graph
from recommender.retrieval.sources.svd import Svd, SvdRecent
from recommender.retrieval.top import top_items
from tests.knowing import busy_log, know, params_of
from tests.logs import asking_all, view_of

HISTORIES = busy_log()
LARGE = replace(busy_log(n_users=20, n_items=3000, seed=1), items=np.arange(3000))
needs_faiss = pytest.mark.skipif(
    importlib.util.find_spec("faiss") is None, reason="faiss is not installed; make nearest installs it"
)


class Hidden:
    """Finds no faiss, installed or not."""

    def find_spec(self, name, path, target=None):
        if name == "faiss":
            raise ModuleNotFoundError(name)


@pytest.fixture
def without_faiss(monkeypatch):
    monkeypatch.delitem(sys.modules, "faiss", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Hidden(), *sys.meta_path])


@pytest.fixture
def everywhere(monkeypatch):
    """The graph is also asked where the pipeline would compute all dot products."""
    monkeypatch.setattr(nearest, "MOST", 1.0)


def large_factors(index="exact", seed=0):
    """Random factors of 3000 items, the first 5 of which have none."""
    factors = np.random.default_rng(seed).normal(size=(3000, 8)).round(6).astype(np.float32)
    factors[:5] = 0
    return ItemFactors(factors, "rating", np.zeros(8), index)


class TestOff:
    def test_faiss_is_not_imported(self, without_faiss):
        assert know(HISTORIES)[Svd].factors.graph is None
        assert "faiss" not in sys.modules

    def test_nothing_of_it_is_stored(self):
        assert know(HISTORIES).factors.arrays(HISTORIES.items).keys() == {
            *("item_ids", "factors", "values", "explained_variance")
        }


def test_switched_on_without_faiss(without_faiss):
    message = r"^train_svd.index: hnsw needs the package faiss-cpu, .*`make nearest`, or use train_svd.index: exact$"
    with pytest.raises(ParameterError, match=message):
        know(HISTORIES, params_of(train_svd={"index": "hnsw"}))


def test_what_is_stored_says_how_items_are_found():
    stored = large_factors("hnsw").arrays(LARGE.items)
    assert ItemFactors.from_arrays(stored, LARGE.items, "x.npz").index == "hnsw"


@needs_faiss
@pytest.mark.usefixtures("everywhere")
class TestGraph:
    @pytest.mark.parametrize("kind", [Svd, SvdRecent])
    def test_a_search_that_looks_at_all_items_finds_the_best(self, kind):
        """20 items are fewer than the margin of 100."""
        found = know(HISTORIES, params_of(train_svd={"index": "hnsw"}))[kind]
        view, blocked = view_of(HISTORIES, [0, 1, 2], [1, 6, 12]), np.arange(20) % 3 == np.arange(3)[:, None]
        assert found.factors.graph is not None
        assert found.propose(view, blocked, 4).tolist() == top_items(found.score(view), blocked, 4).tolist()

    @pytest.mark.parametrize("kind", [Svd, SvdRecent])
    def test_scores_of_single_items_have_the_bits_of_all_dot_products(self, kind):
        source, view = kind(large_factors("hnsw"), kind.own_decay), View(LARGE, asking_all(LARGE))
        request, item = np.nonzero(np.ones((20, 3000), dtype=bool))
        assert source.score_of(view, request, item).tobytes() == source.score(view).ravel().tobytes()

    def test_most_of_the_best_items_are_found_and_none_that_is_blocked(self):
        view = View(LARGE, asking_all(LARGE))
        exact, source = (Svd(large_factors(index), 1.0) for index in ("exact", "hnsw"))
        best = exact.propose(view, np.zeros((20, 3000), dtype=bool), 50)
        blocked = np.zeros((20, 3000), dtype=bool)
        blocked[np.arange(20)[:, None], best] = True
        found, right = source.propose(view, blocked, 50), exact.propose(view, blocked, 50)
        assert not blocked[np.arange(20)[:, None], found].any()
        assert sum(np.isin(*pair).sum() for pair in zip(found, right, strict=True)) >= 0.95 * 20 * 50

    def test_the_same_graph_every_time_and_for_every_request_alone(self):
        view, free = View(LARGE, asking_all(LARGE)), np.zeros((20, 3000), dtype=bool)
        together = [Svd(large_factors("hnsw"), 1.0).propose(view, free, 50).tolist() for _ in range(2)]
        source = Svd(large_factors("hnsw"), 1.0)
        alone = [source.propose(view_of(LARGE, [user], [12]), free[:1], 50)[0].tolist() for user in range(20)]
        assert together[0] == together[1] == alone

    def test_where_few_items_are_left_all_are_found(self):
        """Of items 0 to 7 only, of which 0 to 4 have no factors, so that the graph knows three."""
        blocked = np.tile(np.arange(3000) >= 8, (20, 1))
        found = Svd(large_factors("hnsw"), 1.0).propose(View(LARGE, asking_all(LARGE)), blocked, 10)
        assert found.tolist() == [[*range(8), -1, -1]] * 20

    def test_an_empty_history_gets_the_first_items(self):
        source = Svd(large_factors("hnsw"), 1.0)
        found = source.propose(view_of(LARGE, [0], [0]), np.zeros((1, 3000), dtype=bool), 3)
        assert found.tolist() == [[0, 1, 2]]

    def test_no_requests_get_nothing(self):
        source, view = Svd(large_factors("hnsw"), 1.0), view_of(LARGE, [], [])
        assert source.propose(view, np.zeros((0, 3000), dtype=bool), 3).shape == (0, 3)

    def test_another_process_builds_its_own(self):
        source, view = Svd(large_factors("hnsw"), 1.0), View(LARGE, asking_all(LARGE))
        sent = pickle.loads(pickle.dumps(source))
        assert "graph" not in vars(sent.factors)
        assert sent.propose(view, view.seen, 50).tolist() == source.propose(view, view.seen, 50).tolist()


@needs_faiss
def test_where_many_items_are_blocked_all_dot_products_are_computed():
    """2600 blocked items and 20 are more than a tenth of 2995."""
    source, queries = Svd(large_factors("hnsw"), 1.0), np.ones((1, 8), dtype=np.float32)
    blocked = np.arange(3000)[None] < 2600
    assert len(source.factors.graph.find(queries, blocked, 20)[0]) == 0
    assert len(source.factors.graph.find(queries, blocked & False, 20)[0]) == 20


class WithoutTheBest(Graph):
    """Finds all items but the best one of each query."""

    def find(self, queries, blocked, size):
        scores = np.where(blocked, -np.inf, queries @ self.index.T)
        kept = ~blocked
        kept[np.arange(len(scores)), scores.argmax(axis=1)] = False
        return np.nonzero(kept)


class TestRecall:
    @pytest.fixture
    def factors(self, monkeypatch):
        """Each user has 8 other items; of the 4 best, 3 are found."""
        none = np.empty(0, dtype=np.int64)
        monkeypatch.setattr(Graph, "build", lambda factors: WithoutTheBest(none, none, factors))
        monkeypatch.setattr(index_recall, "SIZE", 4)
        return replace(know(HISTORIES).factors, index="hnsw")

    def test_the_share_of_the_best_items(self, factors):
        assert index_recall.require_recall(factors, HISTORIES, params_of(train_svd={"index_recall": 0.75})) == 3 / 4

    def test_below_the_bound_it_is_refused(self, factors):
        message = (
            r"^train_svd.index_recall: hnsw found 0.7500 of the 4 best items of users, expected at least 0.8; lower "
            r"the bound, or use train_svd.index: exact$"
        )
        with pytest.raises(ParameterError, match=message):
            index_recall.require_recall(factors, HISTORIES, params_of(train_svd={"index_recall": 0.8}))
