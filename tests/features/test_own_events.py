from dataclasses import replace

import numpy as np
import pytest

from recommender.features.own_events import own_event_features
from recommender.log.histories import build_histories
from recommender.log.views import Requests, View
from tests.logs import log

DAY = 86_400
NAN = np.nan
LOG = log((1, "a", 1, 0), (1, "b", 1, 2 * DAY), (1, "a", 1, 4 * DAY), (1, "a", 1, 10 * DAY), (1, "c", 1, 11 * DAY))


@pytest.fixture
def found(context):
    """One request for a, b, c and d: 12 days after the first event, before c."""
    histories = build_histories([LOG], again_after_days=0)
    moment = histories.time[:1] + 12 * DAY * 1_000_000
    view = View(histories, Requests(np.array([0]), np.array([4]), moment))
    return own_event_features(replace(context, view=view, candidates=context.candidates[np.arange(12) < 3]))


def test_how_often_the_item_was_chosen_before(found):
    """The candidates are a (at days 0, 4 and 10), b (day 2) and c, whose event comes after the request."""
    assert found["own_events"] == pytest.approx([np.log(1 + 3), np.log(1 + 1), 0], nan_ok=True)


def test_days_since_the_last_time(found):
    assert found["own_days"] == pytest.approx([12 - 10, 12 - 2, NAN], nan_ok=True)


def test_an_item_is_due_after_its_usual_number_of_days(found):
    """Item a comes every (10 - 0) / 2 = 5 days, and 2 have passed."""
    assert found["own_due"] == pytest.approx([2 / 5, NAN, NAN], nan_ok=True)


def test_an_empty_history(context):
    found = own_event_features(replace(context, candidates=context.candidates[context.candidates.request == 2]))
    assert found["own_events"] == pytest.approx([0] * 4, nan_ok=True)
    assert np.isnan(found["own_days"]).all()
