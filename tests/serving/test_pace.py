"""Requests of the last minute."""

import pytest

from recommender.serving import pace
from recommender.serving.pace import Pace


@pytest.fixture
def clock():
    return [1000.0]


@pytest.fixture
def paced(clock):
    return Pace(lambda: clock[0])


def test_without_a_request(paced):
    found = paced.minute()
    assert (found.requests, found.per_second, found.p50_ms, found.p99_ms) == (0, 0, None, None)


def test_counts_and_quantiles(paced):
    """1 ms to 101 ms: half of them took no longer than 51 ms, and 99 of 100 no longer than 100 ms."""
    for milliseconds in range(1, 102):
        paced.note(milliseconds / 1000, 200)
    found = paced.minute()
    assert (found.requests, found.p50_ms, found.p99_ms) == (101, 51, 100)
    assert found.per_second == pytest.approx(101 / 60, abs=1e-3)


def test_what_is_older_than_a_minute_does_not_count(paced, clock):
    paced.note(0.1, 200)
    clock[0] += 60
    paced.note(0.2, 200)
    assert paced.minute().requests == 1


def test_what_became_of_them(paced):
    for status in (200, 404, 422, 429, 500, 503):
        paced.note(0.1, status)
    found = paced.minute()
    assert (found.requests, found.refused, found.failed) == (6, 3, 2)


def test_where_more_came_than_are_remembered_their_own_time_counts(paced, clock, monkeypatch):
    """The last 10 of 20 came within 5 seconds."""
    monkeypatch.setattr(pace, "REQUESTS", 10)
    few = Pace(lambda: clock[0])
    for _ in range(20):
        clock[0] += 0.5
        few.note(0.1, 200)
    clock[0] += 0.5
    assert (few.minute().requests, few.minute().per_second) == (10, 2)
