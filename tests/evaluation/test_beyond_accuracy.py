import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender.evaluation import beyond_accuracy as beyond

N_ITEMS = 9
SHARE = np.array([1, 1 / 2, 1 / 4, 1 / 4])
NOBODY = np.full((1, 3), -1, np.int32)


def lists(*rows):
    return np.array(rows, dtype=np.int32)


def words(*genres):
    return np.array([[sum(1 << genre for genre in some)] for some in genres], dtype=np.uint64)


@st.composite
def padded(draw, width=5):
    """Lists of different items, some of them short or empty."""
    rows = draw(st.lists(st.lists(st.integers(0, N_ITEMS - 1), max_size=width, unique=True), min_size=1, max_size=5))
    return lists(*[row + [-1] * (width - len(row)) for row in rows])


GENRES = st.lists(st.sets(st.integers(0, 4)), min_size=N_ITEMS, max_size=N_ITEMS)


def test_novelty_is_the_mean_number_of_bits():
    assert beyond.novelty(lists([1, 2, 0], [3, 2, 1]), SHARE, 2).tolist() == [(1 + 2) / 2, (2 + 2) / 2]


def test_popularity_is_the_mean_share():
    assert beyond.popularity(lists([1, 2, 0], [3, 2, 1]), SHARE, 2).tolist() == [(1 / 2 + 1 / 4) / 2, 1 / 4]


def test_means_are_over_the_items_that_are_there():
    assert beyond.novelty(lists([2, -1, -1]), SHARE, 3).tolist() == [2]
    assert beyond.popularity(lists([2, -1, -1]), SHARE, 3).tolist() == [1 / 4]


def test_diversity_is_one_minus_the_mean_jaccard():
    genres = words({0, 1}, {0}, {2})
    jaccard = [1 / 2, 0, 0]  # of places 1-2, 1-3 and 2-3
    found = beyond.diversity(lists([0, 1, 2]), genres, [2, 3])
    assert found == pytest.approx(np.array([[1 - jaccard[0], 1 - sum(jaccard) / 3]]))


def test_equal_genres_have_no_diversity():
    assert beyond.diversity(lists([0, 1, 2]), words({0, 3}, {0, 3}, {0, 3}), [3]).tolist() == [[0]]


def test_pairs_without_genres_are_left_out():
    assert beyond.diversity(lists([0, 1, 2]), words({0, 1}, set(), {0}), [3]).tolist() == [[1 - 1 / 2]]


def test_genres_beyond_the_first_word_count():
    genres = np.array([[1, 4], [0, 4], [1, 0]], dtype=np.uint64)
    assert beyond.diversity(lists([0, 1, -1], [1, 2, -1]), genres, [2]).tolist() == [[1 - 1 / 2], [1]]


def test_an_empty_list_has_no_value():
    assert np.isnan(beyond.novelty(NOBODY, SHARE, 3)).all()
    assert np.isnan(beyond.popularity(NOBODY, SHARE, 3)).all()
    assert np.isnan(beyond.diversity(NOBODY, words({0}, {0}, {0}, {0}), [1, 3])).all()


@pytest.mark.parametrize("row", [[0, -1, -1], [0, 3, -1], [3, 3, -1]])
def test_fewer_than_two_items_with_genres_have_no_diversity(row):
    assert np.isnan(beyond.diversity(lists(row), words({0}, {1}, {2}, set()), [3])).all()


def test_a_list_of_one_has_no_diversity():
    assert np.isnan(beyond.diversity(lists([0, 1, 2]), words({0}, {1}, {2}), [1])).all()


@pytest.mark.parametrize(("k", "expected"), [(1, 1 / 4), (2, 2 / 4), (3, 3 / 4)])
def test_coverage_counts_different_items(k, expected):
    assert beyond.coverage(lists([0, 1, 2], [0, -1, -1]), 4, k) == expected


def test_nothing_recommended_covers_nothing():
    assert beyond.coverage(NOBODY, 4, 3) == 0


def test_times_shown():
    assert beyond.times_shown(lists([0, 1, 2], [0, 2, -1]), 4, 2).tolist() == [2, 1, 1, 0]


@given(padded(), GENRES, st.integers(1, 5))
def test_diversity_agrees_with_plain_loops(shown, genres, k):
    found = beyond.diversity(shown, words(*genres), [k])[:, 0]
    for user, row in enumerate(shown):
        sets = [genres[item] for item in row[:k] if item >= 0 and genres[item]]
        pairs = [len(one & other) / len(one | other) for one, other in itertools.combinations(sets, 2)]
        expected = 1 - sum(pairs) / len(pairs) if pairs else np.nan
        assert found[user] == pytest.approx(expected, nan_ok=True)


@given(padded(), arrays(float, N_ITEMS, elements=st.floats(0.01, 1)), st.integers(1, 5))
def test_means_agree_with_plain_loops(shown, share, k):
    novelty, popularity = (function(shown, share, k) for function in (beyond.novelty, beyond.popularity))
    for user, row in enumerate(shown):
        mine = [share[item] for item in row[:k] if item >= 0]
        assert popularity[user] == pytest.approx(np.mean(mine) if mine else np.nan, nan_ok=True)
        assert novelty[user] == pytest.approx(np.mean(-np.log2(mine)) if mine else np.nan, nan_ok=True)


@given(padded(), st.integers(1, 4))
def test_longer_lists_never_cover_less(shown, k):
    assert beyond.coverage(shown, N_ITEMS, k + 1) >= beyond.coverage(shown, N_ITEMS, k)


@given(padded(), GENRES)
def test_all_lie_within_their_range_and_inputs_are_left_alone(shown, genres):
    copy = shown.copy()
    varied = beyond.diversity(shown, words(*genres), [2, 5])
    assert (np.isnan(varied) | ((varied >= 0) & (varied <= 1))).all()
    assert 0 <= beyond.coverage(shown, N_ITEMS, 5) <= 1
    assert (shown == copy).all()
