import numpy as np
import pytest

from recommender.features.content import content_features
from recommender.features.context import SIZES

NAN = np.nan


@pytest.fixture
def found(context):
    return content_features(context)


def test_sizes():
    assert SIZES == (1, 5, 10)


def test_genres_of_the_last_item(found, is_close):
    """User 1 last met c of genre y, user 2 d of none; b is x and y: the cosine of (1, 1) with (0, 1) is 1 / sqrt 2."""
    assert is_close(found["genre_match_1"], [[0, 1 / np.sqrt(2), 1, 0], 0, 0])


def test_genres_of_the_last_five(found, is_close):
    """User 1: x in a and b, y in b and c. User 2: (1, 1) in b, nothing in d."""
    both = [1 / np.sqrt(2), 1, 1 / np.sqrt(2), 0]
    assert is_close(found["genre_match_5"], [both, both, 0])


def test_years(found, is_close):
    """Of d no year is known: user 2's mean is that of b, and d's own differences are unknown."""
    assert is_close(found["year_difference_1"], [[-12, -6, 0, NAN], NAN, NAN])
    assert is_close(found["year_difference_5"], [[-6, 0, 6, NAN], [-6, 0, 6, NAN], NAN])


def test_rating_levels(found, is_close):
    """Levels 4, 2.5, 5 and 1; the last of user 1 is c, the last two of user 2 are b and d."""
    assert is_close(found["rating_level_difference_1"], [[-1, -2.5, 0, -4], [3, 1.5, 4, 0], NAN])
    assert is_close(
        found["rating_level_difference_10"],
        [[4 - 23 / 6, 2.5 - 23 / 6, 5 - 23 / 6, 1 - 23 / 6], [2.25, 0.75, 3.25, -0.75], NAN],
    )


def test_popularity(found, is_close):
    """b has two events, the others one."""
    more = np.log(3) - np.log(2)
    assert is_close(found["popularity_difference_1"], [[0, more, 0, 0], [0, more, 0, 0], NAN])
