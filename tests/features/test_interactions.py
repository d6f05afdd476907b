import numpy as np
import pytest

from recommender.features.interactions import interaction_features, recent_profile


@pytest.fixture
def found(context):
    return interaction_features(context)


def test_what_the_sources_say(found, is_close):
    assert is_close(found["svd_score"], [[0, 0.5, 1, 1.5], [2, 2.5, 3, 3.5], [4, 4.5, 5, 5.5]])
    assert is_close(found["svd_rank"], [[0, 1, 2, 3]] * 3)


def test_similarity_to_the_last(found, is_close):
    """Unit factors: a (1, 0), b (0, 1), c (0.6, 0.8), d nothing."""
    assert is_close(found["similarity_last_1"], [[0.6, 0.8, 1, 0], 0, 0])


@pytest.mark.parametrize("name", ["similarity_last_5", "similarity_last_20"])
def test_similarity_to_the_latest(found, is_close, name):
    """User 1, from the newest: c 1, b 0.9, a 0.81, of 2.71; user 2: d 1, b 0.9, of 1.9."""
    x, y = (0.6 + 0.81) / 2.71, (0.8 + 0.9) / 2.71
    assert is_close(found[name], [[x, y, 0.6 * x + 0.8 * y, 0], [0, 0.9 / 1.9, 0.8 * 0.9 / 1.9, 0], 0])


def test_the_profile_of_an_empty_history_is_zero():
    latest = np.array([[-1, -1], [1, -1]])
    assert recent_profile(latest, np.eye(2, dtype=np.float32)).tolist() == [[0, 0], [0, 1]]
