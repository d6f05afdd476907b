"""The events of a and b by user 1 were on device 0, the others on device 1, and the loads of the five were 1 to 5.

Only the first request says what it is on, device 1, and at which load, 8.
"""

from dataclasses import replace

import numpy as np
import pytest

from recommender.features.request_columns import request_column_features
from recommender.log.histories import Column
from recommender.log.views import View
from recommender.retrieval.affinity import fit_affinities

NAN = np.nan
EVENTS = {
    "device": Column(np.array([0, 0, 1, 1, 1], dtype=np.float32), text=True),
    "load": Column(np.array([1, 2, 3, 4, 5], dtype=np.float32), text=False),
}
REQUESTS = {
    "device": Column(np.array([1, NAN, NAN], dtype=np.float32), text=True),
    "load": Column(np.array([8, NAN, NAN], dtype=np.float32), text=False),
}


def features(context, columns):
    histories = replace(context.view.histories, event_columns=EVENTS)
    knowledge = replace(context.knowledge, affinities=fit_affinities(histories))
    view = View(histories, replace(context.view.requests, columns=columns))
    return request_column_features(replace(context, view=view, knowledge=knowledge))


@pytest.fixture
def found(context):
    return features(context, REQUESTS)


def test_the_values_of_the_request(found, is_close):
    assert is_close(found["request_text_device"], [1, NAN, NAN])
    assert is_close(found["request_number_load"], [8, NAN, NAN])


def test_how_often_the_item_is_chosen_on_this_device(found, is_close):
    """Three of five events are on device 1: a 0 of 1, b 1 of 2, c 1 of 1, d 1 of 1."""
    events, all_of_item = np.array([0, 1, 1, 1]), np.array([1, 2, 1, 1])
    assert is_close(found["request_lift_device"], [np.log((events + 5) / (all_of_item * 3 / 5 + 5)), NAN, NAN])


def test_the_distance_from_the_events_of_the_item(found, is_close):
    """The mean of all loads is 3."""
    means = np.array([1 + 15, 2 + 4 + 15, 3 + 15, 5 + 15]) / np.array([6, 7, 6, 6])
    assert is_close(found["request_distance_load"], [8 - means, NAN, NAN])


def test_a_request_that_says_nothing_is_unknown(context):
    found = features(context, {})
    assert list(found) == ["request_text_device", "request_lift_device", "request_number_load", "request_distance_load"]
    assert all(np.isnan(values).all() for values in found.values())


def test_a_log_without_such_columns(context):
    assert request_column_features(context) == {}
