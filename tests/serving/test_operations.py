"""What operators are told, over HTTP."""

import os

import pytest

from recommender.evaluation.significance import wilson
from recommender.serving.experiment import Experiment
from recommender.serving.options import Options
from recommender.serving.store import StoreError
from tests.serving.client import event, serving

PATH = "/v1/operations"


@pytest.fixture
def fresh(project, tmp_path):
    """A client of a service that has answered nothing yet."""
    with serving(Options(project, tmp_path / "events.sqlite")) as client:
        yield client


def test_answers_clicks_and_users(fresh):
    """User 4 is known and clicks one of three items; two others are not known, and one session has no user."""
    first = fresh.ask(user=4, k=3, policy="svd")
    fresh.tell(event("click", 4, first["items"][0]["item_id"], request_id=first["request_id"], rank=1))
    fresh.ask(user="x", k=2)
    fresh.ask(user="y", k=2)
    fresh.ask(k=2)
    found = fresh.json("GET", PATH)
    of = {arm["policy"]: arm for arm in found["arms"]}
    counts = [(arm["answers"], arm["users"], arm["shown"], arm["clicked"]) for arm in (of["svd"], of["popularity"])]
    assert counts == [(1, 1, 3, 1), (3, 2, 4, 0)]
    assert of["svd"]["click_through"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    assert of["popularity"]["coverage"] == pytest.approx(2 / 24, abs=1e-6)
    low, high = wilson(2, 3, 0.05)
    share = {"value": round(2 / 3, 6), "low": round(low, 6), "high": round(high, 6)}
    assert found["users"] == {"asked": 3, "unknown": 2, "unknown_share": share, "fallbacks": 3}
    assert found["process"] == os.getpid()


def test_arms_of_an_experiment(project, tmp_path):
    """All users are in one arm; an answer by a policy that was named has none."""
    options = Options(project, tmp_path / "events.sqlite", experiment=Experiment({"svd": 1.0}, "salt"))
    with serving(options) as client:
        client.ask(user=4)
        client.ask(user=4, policy="svd")
        found = client.json("GET", PATH)["arms"]
    assert [(arm["policy"], arm["arm"], arm["answers"]) for arm in found] == [("svd", None, 1), ("svd", "svd", 1)]


def test_requests_of_operators_and_pages_do_not_count(fresh):
    for path in ("/", "/operations", "/metrics", "/health/ready", PATH):
        fresh.send("GET", path)
    assert fresh.json("GET", PATH)["minute"]["requests"] == 0
    fresh.ask(user=4)
    fresh.json("GET", "/v1/items/777/similar", status=404)
    minute = fresh.json("GET", PATH)["minute"]
    assert (minute["requests"], minute["refused"], minute["failed"]) == (2, 1, 0)
    assert 0 < minute["p50_ms"] <= minute["p99_ms"]


def test_events_that_the_bundle_does_not_hold(fresh):
    """User 4 has the even items: an odd one counts, an even one is known, 99 is no item of the log, a skip is none."""
    told = [event(1, 4, 3), event(2, 4, 2), event(3, 4, 99), event(4, 5, 98), event(5, 4, 97, "skip")]
    fresh.tell(*told)
    assert fresh.json("GET", PATH)["events"] == {"since_training": 0, "unknown_items": 0, "not_read": 5}
    fresh.ask(user=4)
    assert fresh.json("GET", PATH)["events"] == {"since_training": 1, "unknown_items": 2, "not_read": 0}
    fresh.json("DELETE", "/v1/users/4")
    fresh.ask(user=5)
    assert fresh.json("GET", PATH)["events"] == {"since_training": 0, "unknown_items": 1, "not_read": 0}


def test_the_bundle_with_the_metrics_of_its_run(fresh, bundle):
    found = fresh.json("GET", PATH)["bundle"]
    manifest = bundle.manifest
    assert (found["revision"], found["known_until"]) == (manifest.revision, manifest.known_until)
    assert (found["events"], found["users"], found["items"]) == (30 * 12, 30, 24)
    assert found["evaluated"] == {"two_stage": {"ndcg@5": 0.5}}
    assert found["age_days"] > 0


def test_a_store_that_cannot_be_read(fresh, monkeypatch):
    def broken(_):
        raise StoreError("the store is away")

    monkeypatch.setattr(fresh.service.store, "since", broken)
    assert fresh.json("GET", PATH, status=503)["error"] == "the store is away"
