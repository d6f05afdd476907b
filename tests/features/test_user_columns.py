"""User 1 is 30 and of club 0, user 2 is 50 and of no known club; nothing is known of who knows nothing yet."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.features.user_columns import user_column_features
from recommender.log.histories import Column
from recommender.log.views import View
from recommender.retrieval.affinity import fit_affinities

NAN = np.nan
AGES = Column(np.array([30, 50], dtype=np.float32), text=False)
CLUBS = Column(np.array([0, NAN], dtype=np.float32), text=True)


@pytest.fixture
def found(context):
    histories = replace(context.view.histories, user_columns={"age": AGES, "club": CLUBS})
    knowledge = replace(context.knowledge, affinities=fit_affinities(histories))
    view = View(histories, context.view.requests)
    return user_column_features(replace(context, view=view, knowledge=knowledge))


def test_the_values_of_the_user(found, is_close):
    assert is_close(found["user_number_age"], [30, 50, 30])
    assert is_close(found["user_text_club"], [0, NAN, 0])


def test_the_distance_from_the_users_of_the_item(found, is_close):
    """a and c: of 30; b: of 30 and 50; d: of 50; the mean of all five events is 38."""
    young, both, old = (30 + 5 * 38) / 6, (30 + 50 + 5 * 38) / 7, (50 + 5 * 38) / 6
    means = np.array([young, both, young, old])
    assert is_close(found["user_distance_age"], [30 - means, 50 - means, 30 - means])


def test_how_often_the_club_chooses_the_item(found, is_close):
    """All three events of a known club are of club 0, one of a, b and c each: as many as expected."""
    assert is_close(found["user_lift_club"], [0, [NAN] * 4, 0])


def test_a_log_without_such_columns(context):
    assert user_column_features(context) == {}
