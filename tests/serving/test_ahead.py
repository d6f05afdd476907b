import pytest

from recommender.errors import ParameterError
from recommender.log.histories import DAY
from recommender.serving.ahead import require_happened
from recommender.serving.fields import iso
from tests.serving.client import event

SECOND = 1_000_000


def test_what_happened_is_accepted():
    require_happened([None, -SECOND, 5 * SECOND], 5 * SECOND, "time")
    require_happened([], 0, "time")


def test_each_event_of_the_future_is_named_up_to_five():
    with pytest.raises(ParameterError) as caught:
        require_happened([0, None, *range(6 * SECOND, 12 * SECOND, SECOND)], 5 * SECOND, "events.{at}.time")
    named = [f"events.{at}.time: found 1970-01-01T00:00:{at + 4:02d}Z" for at in range(2, 7)]
    assert str(caught.value).startswith("; ".join(named) + ", expected at most 1970-01-01T00:00:05Z: ")


def test_one_of_the_future_is_refused_and_so_are_those_with_it(client):
    future = event("of the future", 16, 3, time="2199-12-31T00:00:00Z")
    one = client.json("POST", "/v1/events", future, status=422)["error"]
    assert one.startswith("time: found 2199-12-31T00:00:00Z, expected at most 2")
    many = {"events": [event("of now", 16, 1), future]}
    error = client.json("POST", "/v1/events", many, status=422)["error"]
    assert error.startswith("events.1.time: found 2199-12-31")
    session = {"user": 16, "events": [{"item": 3, "time": "2199-12-31T00:00:00Z"}]}
    error = client.json("POST", "/v1/recommendations", session, status=422)["error"]
    assert error.startswith("events.0.time: found 2199-12-31")
    client.ask(user=16)
    assert client.json("GET", "/v1/users/16/history")["events"] == 12


@pytest.mark.parametrize("clock", [-1000, 1000], ids=["the log ends after the clock", "the log is old"])
def test_a_day_ahead_of_the_later_of_clock_and_bundle_is_accepted(client, bundle, monkeypatch, clock):
    moment = bundle.known_until + clock * DAY
    monkeypatch.setattr("recommender.serving.service.time.time_ns", lambda: 1000 * moment)
    latest = max(moment, bundle.known_until) + DAY
    client.tell(event(f"ahead of {clock}", 18, 3, time=iso(latest)))
    later = event(f"farther ahead of {clock}", 18, 3, time=iso(latest + 1))
    error = client.json("POST", "/v1/events", later, status=422)["error"]
    assert error.startswith(f"time: found {iso(latest + 1)}, expected at most {iso(latest)}")
