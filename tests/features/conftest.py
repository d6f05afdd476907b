"""A log of two users, small enough to work out every feature by hand.

    user 1: a (rated 4) at 0 s, b (2) at 1 s, c (5) at 4000 s
    user 2: b (3) at 10 s, d (1) at 20 s

Three requests: of user 1, one hour after c; of user 2, right at d; of user 1 who knows nothing yet. Four candidates
each: a, b, c and d, whether met or not.
"""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.features.context import Context, ItemTable
from recommender.log.histories import Column, build_histories
from recommender.log.views import Requests, View
from recommender.retrieval.candidates import CandidateSet
from recommender.retrieval.factors import ItemFactors
from recommender.retrieval.item_stats import ItemStats
from recommender.retrieval.knowledge import Knowledge
from recommender.retrieval.pairs import N_GAPS
from recommender.retrieval.sources.similarity import Similarity
from recommender.retrieval.sources.transitions import Gaps, Neighbours, Transitions
from recommender.retrieval.timeline import fit_timeline
from tests.logs import START, log

LOG = log((1, "a", 4, 0), (1, "b", 2, 1), (1, "c", 5, 4000), (2, "b", 3, 10), (2, "d", 1, 20))
ZERO = int(START.timestamp()) * 1_000_000
NAN = np.nan


def table(*rows):
    return sp.csr_array(np.array(rows, dtype=np.float32))


def sources():
    """Row i of each table: 1 to 4 for a, 5 to 8 for b, 9 to 12 for c, 13 to 16 for d, times a factor of its own."""
    base = np.arange(1, 17, dtype=np.float32).reshape(4, 4)
    one, ten, hundred, thousand, most = (sp.csr_array(base * np.float32(10**power)) for power in range(5))
    gaps = thousand, most, *(sp.csr_array(most * 0) for _ in range(N_GAPS - 2))
    tables = Transitions(one, 0.8), Neighbours(ten, 0.8), Similarity(hundred, 0.9), Gaps(gaps, 0.8, 20)
    return {source.name: source for source in tables}


@pytest.fixture(scope="session")
def histories():
    return build_histories([LOG])


@pytest.fixture(scope="session")
def knowledge(histories):
    return Knowledge(
        items=ItemStats(
            counts=histories.counts,
            mean_rating=np.array([4, 2.5, 5, 1], dtype=np.float32),
            timeline=fit_timeline(histories),
            embedding=np.array([[1, 0], [0, 1], [0.6, 0.8], [0, 0]], dtype=np.float32),
        ),
        factors=ItemFactors(np.array([[1, 0], [0, 2], [3, 4], [0, 0]], dtype=np.float32), "rating", np.zeros(2)),
        fitted=sources(),
        sizes={},
    )


@pytest.fixture(scope="session")
def items():
    """Genres x and y: a is x, b both, c is y; nothing is known of d. a and c are of brand 0 and cost 10 and 40."""
    genres = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], dtype=np.float32)
    brand = Column(np.array([0, 1, 0, NAN], dtype=np.float32), text=True)
    price = Column(np.array([10, 20, 40, NAN], dtype=np.float32), text=False)
    further = {"brand": brand, "price": price}
    return ItemTable(genres, np.array([1990, 1996, 2002, NAN], dtype=np.float32), further)


@pytest.fixture(scope="session")
def candidates():
    scores = {"svd": np.arange(12, dtype=np.float32) / 2}
    return CandidateSet(np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3), scores, {"svd": np.arange(12) % 4}, {})


@pytest.fixture(scope="session")
def context(histories, knowledge, items, candidates):
    moments = ZERO + 1_000_000 * np.array([7600, 20, 0])
    view = View(histories, Requests(np.array([0, 1, 0]), np.array([3, 2, 0]), moments))
    return Context(view, knowledge, items, candidates)


@pytest.fixture(scope="session")
def moved(context):
    """The same context with the requests at other moments."""

    def move(seconds):
        requests = replace(context.view.requests, time=context.view.requests.time + 1_000_000 * seconds)
        return replace(context, view=View(context.view.histories, requests))

    return move


@pytest.fixture(scope="session")
def is_close():
    """Compare a feature of the twelve candidates with what three requests should have, one number or four each."""

    def compare(found, expected):
        wanted = np.concatenate([np.broadcast_to(np.array(row, dtype=float), 4) for row in expected])
        return found.shape == (12,) and np.allclose(found, wanted, rtol=1e-5, atol=1e-6, equal_nan=True)

    return compare
