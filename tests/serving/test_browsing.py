"""In the log of the miniature project each user met every second item, one an hour."""

import numpy as np
import pytest

from recommender.serving.browsing import Shelves


@pytest.fixture(scope="module")
def shelves(bundle):
    return Shelves(bundle)


def ids(found):
    return [one.item_id for one in found]


def test_popular(shelves):
    """Each item has 15 events: equal scores are in the order of the ids."""
    found = shelves.popular(5)
    assert ids(found) == [0, 1, 2, 3, 4]
    assert [(one.rank, one.score, one.title) for one in found[:2]] == [(1, 15, "Title of 0"), (2, 15, "Title of 1")]
    assert len(shelves.popular(100)) == 24


def test_trending_counts_the_last_days(shelves):
    assert [one.score for one in shelves.trending(1, 24)] == [15] * 24


def test_latest_is_by_the_first_event(shelves, bundle):
    histories = bundle.histories
    first = [histories.time[histories.item == item].min() for item in range(24)]
    assert ids(shelves.latest(24)) == sorted(range(24), key=lambda item: (-(first[item] // 1_000_000), item))


def test_similar_is_the_cosine_of_factors(shelves, bundle):
    """Even items were met by even users only, so no odd one is near."""
    factors = bundle.factors.factors.astype(np.float64)
    unit = factors / np.linalg.norm(factors, axis=1, keepdims=True)
    found = shelves.similar(2, 3)
    assert all(item % 2 == 0 and item != 2 for item in ids(found))
    assert [one.score for one in found] == pytest.approx([float(unit[item] @ unit[2]) for item in ids(found)], abs=1e-5)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
