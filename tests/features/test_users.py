from dataclasses import replace

import numpy as np
import pytest

from recommender.features.users import user_features
from recommender.log.views import View

NAN = np.nan


@pytest.fixture
def found(context):
    return user_features(context)


def test_events(found, is_close):
    assert is_close(found["user_events"], [np.log(1 + 3), np.log(1 + 2), 0])


def test_ratings(found, is_close):
    """4, 2, 5: mean 11 / 3, mean square 45 / 3. 3, 1: mean 2, mean square 5."""
    assert is_close(found["user_mean_rating"], [11 / 3, 2, NAN])
    assert is_close(found["user_std_rating"], [np.sqrt(45 / 3 - (11 / 3) ** 2), 1, NAN])


def test_popularity(found, is_close):
    """b has two events, the others one each."""
    one, two = np.log(2), np.log(3)
    assert is_close(found["user_mean_popularity"], [(one + two + one) / 3, (two + one) / 2, NAN])


def test_equal_ratings_do_not_vary(context, histories):
    """Rounding must not make a variance negative."""
    histories = replace(histories, rating=np.full(5, 1.1, dtype=np.float32))
    found = user_features(replace(context, view=View(histories, context.view.requests)))
    assert found["user_std_rating"][:8] == pytest.approx(np.zeros(8), abs=1e-6)
