"""Which of the newer events join the history of a request."""

import pytest

from recommender.bundle.fold_in import Event, Query, view_of
from recommender.log.histories import build_histories
from tests.logs import START, sequences

MINUTE = 60_000_000
FIRST = START.value // 1000


@pytest.mark.parametrize(("again", "items"), [(None, [0, 1]), (0, [0, 1, 1, 0, 1])])
def test_repeats_join_only_where_users_choose_items_again(again, items):
    """The bundle knows a at minute 0; b comes at minute 1 and 5, the same event twice, and a at minute 3."""
    histories = build_histories([sequences({1: "a", 2: "b"})], again)
    fresh = [Event("b", FIRST + MINUTE), Event("a", FIRST + 3 * MINUTE), Event("b", FIRST + 5 * MINUTE)]
    late = Event("b", FIRST + 2 * MINUTE)
    query = Query(1, [*fresh, fresh[2], late], FIRST + 9 * MINUTE)
    view = view_of(histories, {1: 0, 2: 1}, {"a": 0, "b": 1}, 1.0, [query], request_time=True)
    assert view.histories.item.tolist() == items
    assert view.histories.again == histories.again


@pytest.mark.parametrize(("minute", "rating"), [(2, 1.0), (3, 5.0), (9, 5.0)])
def test_a_rating_after_a_click_is_that_of_the_click_once_it_is_given(minute, rating):
    """A click on b at minute 1 counts with the mean, 1; ratings of 5 and 2 follow at minutes 3 and 4."""
    histories = build_histories([sequences({1: "a", 2: "b"})])
    given = [Event("b", FIRST + MINUTE), Event("b", FIRST + 4 * MINUTE, 2.0), Event("b", FIRST + 3 * MINUTE, 5.0)]
    query = Query(1, given, FIRST + minute * MINUTE)
    view = view_of(histories, {1: 0, 2: 1}, {"a": 0, "b": 1}, 1.0, [query], request_time=True)
    assert view.histories.item.tolist() == [0, 1]
    assert view.histories.time.tolist() == [FIRST, FIRST + MINUTE]
    assert view.histories.rating.tolist() == [1.0, rating]


def test_what_is_said_of_a_request_is_encoded_as_in_the_log():
    histories = build_histories([sequences({1: "a", 2: "b"})])
    said = [{"device": " tv ", "load": "2.5", "page": "start"}, {"device": "watch", "load": "high"}, {}]
    queries = [Query(1, (), FIRST, context) for context in said]
    encoding = {"device": ["phone", "tv"], "load": []}
    columns = view_of(histories, {1: 0}, {"a": 0, "b": 1}, 1.0, queries, True, encoding).requests.columns
    assert columns["device"].values.tolist() == pytest.approx([1, float("nan"), float("nan")], nan_ok=True)
    assert columns["load"].values.tolist() == pytest.approx([2.5, float("nan"), float("nan")], nan_ok=True)
    assert set(columns) == {"device", "load"}
