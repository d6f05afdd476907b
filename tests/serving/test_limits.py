import json

import pytest

from recommender.serving import limits
from recommender.serving.limits import Limits
from recommender.serving.options import Options
from tests.serving.client import serving


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_burst_and_then_the_rate(clock):
    """2 per second: 10 at once, then one each half second."""
    buckets = Limits(2, clock)
    assert [buckets.wait("a") for _ in range(12)] == [0] * 10 + [0.5, 0.5]
    clock.now = 0.25
    assert buckets.wait("a") == 0.25
    clock.now = 0.5
    assert [buckets.wait("a") for _ in range(2)] == [0, 0.5]


def test_a_bucket_does_not_overflow(clock):
    buckets = Limits(2, clock)
    buckets.wait("a")
    clock.now = 1000.0
    assert [buckets.wait("a") for _ in range(11)] == [0] * 10 + [0.5]


def test_a_slow_rate_lets_one_through(clock):
    buckets = Limits(0.01, clock)
    assert [buckets.wait("a") for _ in range(2)] == [0, 100]


def test_each_address_has_its_own(clock):
    buckets = Limits(0.1, clock)
    assert [buckets.wait(name) for name in ("a", "b", "a", "b")] == [0, 0, 10, 10]


def test_addresses_without_end_do_not_fill_the_memory(clock, monkeypatch):
    """The one that was unused for longest is forgotten."""
    monkeypatch.setattr(limits, "ADDRESSES", 2)
    buckets = Limits(0.1, clock)
    assert [buckets.wait(name) for name in ("a", "b", "a", "c")] == [0, 0, 10, 0]
    assert len(buckets._buckets) == 2
    assert [buckets.wait(name) for name in ("a", "b")] == [10, 0]


def test_over_http(project, tmp_path):
    """One request each 1,000 seconds; without a token it counts too, and health is always told."""
    with serving(Options(project, tmp_path / "events.sqlite", token="secret", rate=0.001)) as client:
        assert client.send("GET", "/v1/popular")[0] == 401
        status, headers, content = client.send("GET", "/v1/popular", headers={"Authorization": "Bearer secret"})
        assert status == 429
        assert 990 <= int(headers["retry-after"]) <= 1000
        found = json.loads(content)
        assert found["error"].startswith("too many requests from this address; ask again in ")
        assert found["request_id"] == headers["x-request-id"]
        assert [client.send("GET", path)[0] for path in ("/health/live", "/health/ready")] == [200, 200]
