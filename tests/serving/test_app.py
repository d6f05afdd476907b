"""The routes, over HTTP."""

import json
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender import recommend
from recommender.bundle.fold_in import Event, Query
from recommender.columns import POLICIES
from recommender.serving.fields import Policy, iso
from recommender.serving.options import Options
from tests.serving.client import event, serving

NUMBERS = count()
MINUTE = 60_000_000


def direct(bundle, policy, query, k=24):
    """The batch answer, item by item with its score."""
    answer = bundle.answer(policy, bundle.view(policy, [query]), k)
    return list(
        zip(bundle.histories.items[answer.top.item].tolist(), np.round(answer.top.score, 6).tolist(), strict=True)
    )


def pairs(answered):
    return [(item["item_id"], item["score"]) for item in answered["items"]]


def test_the_policies_are_those_of_the_bundle():
    assert Policy.__args__ == POLICIES


@pytest.mark.parametrize("policy", POLICIES)
class TestTheSameAsTheBatch:
    def test_without_new_events(self, client, bundle, policy):
        for user in range(20, 30):
            answered = client.ask(user=user, policy=policy, k=24)
            assert pairs(answered) == direct(bundle, policy, Query(user, (), bundle.known_until))
            assert (answered["policy"], answered["revision"]) == (policy, bundle.manifest.revision)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=5)
    @given(data=st.data())
    def test_with_new_events_in_any_order(self, client, bundle, policy, data):
        """Each example has a new user, who is told of odd items in any order of arrival."""
        user = 1000 + next(NUMBERS)
        items = data.draw(st.lists(st.integers(0, 23), unique=True, min_size=1, max_size=8))
        times = [bundle.known_until + at * MINUTE for at in range(len(items))]
        arriving = data.draw(st.permutations(list(zip(items, times, strict=True))))
        for item, time in arriving:
            client.tell(event(f"{user} {item}", user, item, "rating", value=4, time=iso(time)))
        query = Query(user, [Event(item, time, 4.0) for item, time in zip(items, times, strict=True)], times[-1])
        assert pairs(client.ask(user=user, policy=policy, k=24)) == direct(bundle, policy, query)

    @pytest.mark.parametrize("after", [-60 * MINUTE, MINUTE, 10**6 * MINUTE], ids=["in the log", "soon", "years later"])
    def test_the_same_as_recommend(self, client, project, bundle, policy, after):
        now = iso(bundle.known_until + after)
        frame = recommend(21, policy, 5, project, now=now, exclude=[3], explain=True)
        answered = client.ask(user=21, policy=policy, k=5, now=now, exclude=[3], explain=True)
        for column in ("rank", "item_id", "title", "score", "why"):
            assert [item[column] for item in answered["items"]] == frame[column].tolist()
        assert answered["now"] == now

    def test_fresh_events_count_as_in_recommend(self, client, project, bundle, policy):
        rows = [(item, iso(bundle.known_until + at * MINUTE), 4.0) for at, item in enumerate((5, 2, 9), start=1)]
        given = [{"item_id": item, "timestamp": time, "rating": rating} for item, time, rating in rows]
        sent = [{"item": item, "time": time, "value": rating} for item, time, rating in rows]
        frame = recommend("nobody", policy, 24, project, events=given)
        answered = client.ask(events=sent, policy=policy, k=24)
        assert answered["now"] == rows[-1][1]
        found = [(item["item_id"], item["score"]) for item in answered["items"]]
        assert found == list(zip(frame["item_id"], frame["score"], strict=True))


class TestRecommendations:
    def test_by_path(self, client):
        by_path = client.json("GET", "/v1/users/22/recommendations?k=3&policy=svd&offset=1&now=2030-01-01&explain=true")
        by_body = client.ask(user=22, k=3, policy="svd", offset=1, now="2030-01-01", explain=True)
        assert by_path["request_id"] != by_body["request_id"]
        assert by_path | {"request_id": ""} == by_body | {"request_id": ""}

    def test_the_request_id_is_in_the_headers_too(self, client):
        _, headers, content = client.send("POST", "/v1/recommendations", {"user": 22})
        assert headers["x-request-id"] == json.loads(content)["request_id"]

    def test_nobody_knows_the_user(self, client):
        answered = client.ask(user="nobody", k=2)
        assert answered["policy"] == "popularity"
        assert [item["item_id"] for item in answered["items"]] == [0, 1]

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"k": 101}, "k: input should be less than or equal to 100, found 101"),
            ({"k": 0}, "k: input should be greater than or equal to 1, found 0"),
            (
                {"now": 894_000_000},
                "now: expected a time such as 1998-04-23T20:15:00Z, from 1900 to 2199, found",
            ),
            ({"now": "0001-01-01T00:00:00+14:00"}, "now: expected a time such as"),
            ({"polcy": "svd"}, "polcy: extra inputs are not permitted, found 'svd'"),
            ({"policy": "best"}, "policy: input should be 'random', 'popularity', 'svd' or 'two_stage', found 'best'"),
            ({"genres": ["z"]}, "genres: no genre 'z'; known: a, b"),
            ({"exclude": list(range(1001))}, "exclude: list should have at most 1000 items"),
            ({"user": True}, "user: expected an integer of 64 bits or a text of 1 to 200 letters, found True"),
            ({"user": 2**63}, "user: expected an integer of 64 bits"),
            ([], "body: "),
        ],
    )
    def test_what_cannot_be_meant(self, client, body, message):
        found = client.json("POST", "/v1/recommendations", body, status=422)
        assert found["error"].startswith(message)
        assert "\n" not in found["error"]
        assert len(found["request_id"]) == 32


class TestEvents:
    def test_one_is_known_to_the_next_request_of_its_user(self, client):
        first = client.items(user=1)[0]
        taken = client.json("POST", "/v1/events", event("one", 1, first, request_id="of the answer", rank=1))
        assert taken == {"stored": 1, "repeated": 0, "erased": 0}
        assert first not in client.items(user=1, k=24)

    def test_the_same_id_again_changes_nothing(self, client):
        many = [event("twice", 2, 1), event("twice", 2, 3), event("once", 2, 5, "view")]
        assert client.tell(*many) == {"stored": 2, "repeated": 1, "erased": 0}
        before = client.ask(user=2, k=24)
        assert client.tell(*many) == {"stored": 0, "repeated": 3, "erased": 0}
        assert client.ask(user=2, k=24)["items"] == before["items"]

    def test_a_new_user_with_one_event_gets_the_wanted_policy(self, client):
        client.tell(event("first", "newcomer", 5))
        answered = client.ask(user="newcomer", k=24)
        assert answered["policy"] == "two_stage"
        assert {item["item_id"] for item in answered["items"]} == set(range(24)) - {5}

    def test_ids_as_text_mean_the_same(self, client):
        client.tell(event("text", "8", "9"))
        assert 9 not in client.items(user=8, k=24)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"kind": "buy"}, "kind: input should be 'view', 'click', 'rating' or 'skip', found 'buy'"),
            ({"kind": "rating"}, "value: a rating needs a value"),
            ({"value": 3}, "value: a click has no value"),
            ({"event_id": ""}, "event_id: string should have at least 1 character, found ''"),
            ({"time": "soon"}, "time: expected a time such as"),
        ],
    )
    def test_a_wrong_one_is_refused(self, client, wrong, message):
        found = client.json("POST", "/v1/events", event("wrong", 3, 0) | wrong, status=422)
        assert message in found["error"]

    def test_an_erased_user(self, client):
        client.tell(event("before", 10, 1), event("skipped", 10, 3, "skip"))
        assert client.json("DELETE", "/v1/users/10") == {"events": 2}
        assert client.ask(user=10)["policy"] == "popularity"
        assert client.tell(event("after", 10, 5)) == {"stored": 0, "repeated": 0, "erased": 1}
        assert client.json("DELETE", "/v1/users/10") == {"events": 0}


def test_history_is_newest_first(client):
    client.tell(event("at the end", 14, 3, time="2026-01-01T00:00:00Z"))
    client.ask(user=14)
    found = client.json("GET", "/v1/users/14/history?k=2")
    assert found["events"] == 13
    assert found["items"][0] == {
        "item_id": 3,
        "title": "Title of 3",
        "genres": ["a", "b"],
        "time": "2026-01-01T00:00:00Z",
    }
    assert len(found["items"]) == 2
    assert client.json("GET", "/v1/users/nobody/history") == {"events": 0, "items": []}


def test_the_pages_ask_no_other_machine(client):
    """What they run is tested in a browser where one is installed."""
    scripts = [(f"/page/{name}.js", "text/javascript") for name in ("common", "page", "operations")]
    for path, kind in (("/", "text/html"), ("/operations", "text/html"), *scripts, ("/page/page.css", "text/css")):
        status, headers, content = client.send("GET", path)
        assert (status, headers["content-type"].partition(";")[0]) == (200, kind)
        assert b"//" not in content.replace(b"// ", b"")


def test_a_file_that_no_page_has(client):
    found = client.json("GET", "/page/reference.html.j2", status=404)
    assert found["error"].startswith("page: found 'reference.html.j2', expected one of common.js, ")


def test_choices_of_a_page(client):
    """The miniature project has users 0 to 29, and the ratings 1 to 5."""
    assert client.json("GET", "/v1/choices") == {"users": list(range(30)), "ratings": [1, 2, 3, 4, 5]}


def test_genres(client):
    """Genre a: odd items. Genre b: every third."""
    expected = {item: ["a"] * (item % 2) + ["b"] * (item % 3 == 0) for item in range(24)}
    found = client.ask(user="nobody", k=24)["items"]
    assert {item["item_id"]: item["genres"] for item in found} == expected
    assert {item["item_id"]: item["genres"] for item in client.json("GET", "/v1/popular?k=24")["items"]} == expected


class TestLists:
    def test_they_are_of_one_revision(self, client, bundle):
        for path in ("/v1/popular", "/v1/trending?days=30", "/v1/latest", "/v1/items/2/similar"):
            found = client.json("GET", f"{path}{'&' if '?' in path else '?'}k=2")
            assert found["revision"] == bundle.manifest.revision
            assert [item["rank"] for item in found["items"]] == [1, 2]

    def test_what_is_not_there(self, client):
        found = client.json("GET", "/v1/items/777/similar", status=404)
        assert found["error"] == "item: found '777', which has no events; ids look like those of /v1/popular"
        assert client.json("GET", "/v2", status=404)["error"] == "Not Found"
        assert client.json("PUT", "/v1/events", status=405)["error"] == "Method Not Allowed"


class TestOperators:
    def test_health(self, client, bundle):
        expected = {"status": "ok", "revision": bundle.manifest.revision, "known_until": bundle.manifest.known_until}
        assert client.json("GET", "/health/live") == client.json("GET", "/health/ready") == expected

    def test_metrics_count(self, client, bundle):
        def measured():
            _, _, content = client.send("GET", "/metrics")
            lines = [line.rsplit(" ", 1) for line in content.decode().splitlines() if line[0] != "#"]
            return {name: float(value) for name, value in lines}

        before = measured()
        client.ask(user=23, policy="svd")
        client.ask(user="who", policy="svd")
        client.tell(event("counted", 23, 0))
        grown = {name: value - before.get(name, 0) for name, value in measured().items()}
        assert grown['recommender_answers_total{arm="",policy="svd"}'] == 1
        assert grown['recommender_answers_total{arm="",policy="popularity"}'] == 1
        assert grown["recommender_fallbacks_total"] == grown["recommender_unknown_users_total"] == 1
        assert grown['recommender_events_total{outcome="stored"}'] == 1
        assert grown['recommender_stage_seconds_count{stage="answer"}'] == 2
        route = 'recommender_http_requests_total{method="POST",route="/v1/recommendations",status="200"}'
        assert grown[route] == 2
        assert grown["recommender_event_lag"] == 1
        assert before[f'recommender_bundle{{revision="{bundle.manifest.revision}"}}'] == 1
        assert before["recommender_queue_depth"] == 0
        assert before["recommender_bundle_age_seconds"] > 0

    def test_callers_cannot_make_new_series(self, client):
        client.send("INVENTED", "/v1/popular")
        client.send("GET", "/invented/path")
        client.send("GET", "/v1/users/88/recommendations")
        _, _, content = client.send("GET", "/metrics")
        assert b'method="other"' in content
        assert not [word for word in (b"INVENTED", b"invented", b"/88/") if word in content]

    def test_the_description_has_examples(self, client):
        schemas = client.json("GET", "/openapi.json")["components"]["schemas"]
        for name in ("Ask", "NewEvent"):
            (example,) = schemas[name]["examples"]
            path = {"Ask": "/v1/recommendations", "NewEvent": "/v1/events"}[name]
            assert client.send("POST", path, example | ({"genres": ["a"]} if name == "Ask" else {}))[0] == 200
        assert schemas["Ask"]["additionalProperties"] is False


def test_ids_that_are_text_with_slashes_and_emoji(text_project, tmp_path):
    from urllib.parse import quote

    from tests.projects import TEXTS

    with serving(Options(text_project, tmp_path / "events.sqlite")) as client:
        item = client.items(user=TEXTS[4], k=24)[0]
        client.tell(event("a", "new/with slash 🙂", item))
        found = client.json("GET", f"/v1/users/{quote('new/with slash 🙂', safe='')}/recommendations?k=24")
        assert item not in [one["item_id"] for one in found["items"]]
        assert client.json("GET", f"/v1/items/{quote(TEXTS[2], safe='')}/similar?k=1")["items"]


def test_the_request_log_holds_what_was_served(project, bundle, tmp_path):
    from recommender_lab.drift.reader import LogReader, log_files

    with serving(Options(project, tmp_path / "events.sqlite", log=tmp_path / "logs")) as client:
        answered = [client.ask(user=4, k=3), client.ask(user=4, k=3, offset=2, explain=True), client.ask(user="x", k=1)]
    lines = list(LogReader(log_files(tmp_path / "logs")))
    assert [line.request_id for line in lines] == [one["request_id"] for one in answered]
    assert [line.ranking.items for line in lines] == [[item["item_id"] for item in one["items"]] for one in answered]
    assert [(line.user, line.known, line.policy, line.k) for line in lines] == [
        (4, True, "two_stage", 3),
        (4, True, "two_stage", 3),
        ("x", False, "popularity", 1),
    ]
    assert {line.revision for line in lines} == {bundle.manifest.revision}
