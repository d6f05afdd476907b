"""The parts of each score add up to it, so the loudest event is really the one that adds most."""

import numpy as np
import pytest

from recommender.explain.evidence import FACTOR_SIZES, feature_parts
from recommender.features.assemble import GROUPS, assemble
from recommender.features.context import Context
from recommender.features.sequences import EMBEDDED, TABLES
from recommender.features.settings import Features
from recommender.log.views import View
from recommender.retrieval.candidates import find_candidates
from recommender.retrieval.item_to_item import ItemToItem
from recommender.retrieval.source import Parts
from tests.features.conftest import table
from tests.knowing import busy_log, items_for, know, requests_at

ALL = Features.model_validate(dict.fromkeys(GROUPS, True))
SUMS = ("svd", "svd_recent", "transitions", "neighbours", "similarity", "gaps", "ease", "ridge", "block_ridge")
NAMES = [*(f"{name}_score" for name in SUMS), *TABLES, *EMBEDDED, *FACTOR_SIZES]


@pytest.fixture(scope="module")
def contexts():
    """Requests of four users, some with few events, with all their candidates."""
    histories = busy_log()
    knowledge, items = know(histories), items_for(histories)
    found = []
    for user, position, later in ((0, 12, 0), (3, 12, 50), (5, 4, 5000), (7, 1, 3)):
        view = View(histories, requests_at(histories, [user], [position], later))
        candidates = find_candidates(view, knowledge.sources, knowledge.sizes, knowledge.catalogue(view))
        found.append(Context(view, knowledge, items, candidates))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_add_up_to_the_feature(contexts, name):
    for context in contexts:
        names, features = assemble(context, ALL)
        parts = feature_parts(name, context, context.candidates.item)
        assert len(parts.event) == context.view.requests.position[0]
        np.testing.assert_allclose(parts.part.sum(axis=0), features[:, names.index(name)], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_some_event_speaks_for_some_item(contexts, name):
    """So that the test above does not compare zeros with zeros."""
    everything = [feature_parts(name, context, context.candidates.item).part for context in contexts]
    assert any(part.any() for part in everything)


def test_a_rank_is_taken_apart_like_its_score(contexts):
    item = contexts[0].candidates.item
    rank, score = (feature_parts(f"ease_{kind}", contexts[0], item) for kind in ("rank", "score"))
    np.testing.assert_array_equal(rank.part, score.part)


@pytest.mark.parametrize("name", ["contexts_score", "pause", "genre_match_5", "item_year"])
def test_what_is_no_sum_over_events(contexts, name):
    assert feature_parts(name, contexts[0], contexts[0].candidates.item) is None


def test_by_hand(context):
    """Row c of the table is 9 to 12, b is 5 to 8, a is 1 to 4; the latest event, c, weighs 1, then 1/2, then 1/4."""
    source = ItemToItem(table([1, 2, 3, 4], [5, 6, 7, 8], [9, 0, 11, 12], [0, 0, 0, 0]), 0.5)
    view = View(context.view.histories, context.view.requests[:1])
    parts = source.parts(view, np.array([0, 1, 3]))
    assert parts.event.tolist() == [2, 1, 0]
    assert parts.part.tolist() == [[9, 0, 12], [2.5, 3, 4], [0.25, 0.5, 1]]
    assert [parts.strongest(column) for column in range(3)] == [(0, 2), (1, 1), (0, 2)]


class TestStrongest:
    def test_nothing_adds_anything(self):
        assert Parts(np.array([4, 5]), np.array([[0.0], [-1.0]])).strongest(0) is None

    def test_no_events(self):
        assert Parts(np.zeros(0, dtype=np.int64), np.zeros((0, 1))).strongest(0) is None

    def test_of_equal_events_the_later_one(self):
        assert Parts(np.array([4, 5]), np.array([[2.0], [2.0]])).strongest(0) == (0, 4)
