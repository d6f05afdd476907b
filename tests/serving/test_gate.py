import http.client
import json
import logging
import socket

import pytest

from recommender.serving import gate
from recommender.serving.json_lines import LOG, JsonLines
from recommender.serving.options import Options
from tests.serving.client import serving, until


@pytest.fixture
def lines():
    """What the service writes to its log, as objects."""

    class Kept(logging.Handler):
        def emit(self, record):
            found.append(json.loads(JsonLines().format(record)))

    found, handler, level = [], Kept(), LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    yield found
    LOG.removeHandler(handler)
    LOG.setLevel(level)


@pytest.fixture(scope="module")
def guarded(project, tmp_path_factory):
    with serving(Options(project, tmp_path_factory.mktemp("guarded") / "events.sqlite", token="söcret")) as client:
        yield client


class TestToken:
    @pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer secret"}, {"Authorization": "söcret".encode()}])
    def test_without_the_right_one_nothing_is_told(self, guarded, given):
        for method, path in (("GET", "/v1/popular"), ("DELETE", "/v1/users/4"), ("GET", "/docs"), ("GET", "/none")):
            status, headers, content = guarded.send(method, path, headers=given)
            assert status == 401
            assert headers["www-authenticate"] == "Bearer"
            assert json.loads(content)["error"] == "authorization: expected the header 'Authorization: Bearer TOKEN'"

    def test_with_it(self, guarded):
        assert guarded.send("GET", "/v1/popular", headers={"Authorization": "Bearer söcret".encode()})[0] == 200

    def test_pages_need_none_as_they_hold_no_data(self, guarded):
        for path in ("/", "/operations", "/page/page.js"):
            assert guarded.send("GET", path)[0] == 200
        assert guarded.send("GET", "/v1/operations")[0] == 401

    def test_health_needs_none(self, guarded):
        assert [guarded.send("GET", path)[0] for path in ("/health/live", "/health/ready")] == [200, 200]


class TestBody:
    def test_a_long_one_is_refused_before_it_is_parsed(self, client):
        for body in (b"[" * (gate.MAX_BODY + 1), b" " * gate.MAX_BODY + b"{}"):
            status, _, content = client.send("POST", "/v1/recommendations", body)
            assert (status, json.loads(content)["error"]) == (413, f"body: expected at most {gate.MAX_BODY} bytes")

    def test_one_that_does_not_come(self, client, monkeypatch):
        monkeypatch.setattr(gate, "BODY_SECONDS", 0.05)
        with socket.create_connection(("127.0.0.1", client.port), timeout=30) as connection:
            connection.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert response.status == 408

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"\xff\xfe", b"null", b"NaN", b'{"k":' + b"9" * 5000 + b"}", b"[" * 100_000, b'{"user":"\\ud800"}'],
    )
    def test_what_is_no_request(self, client, body):
        status, _, content = client.send("POST", "/v1/recommendations", body)
        assert status in {400, 422}
        assert "Traceback" not in json.loads(content)["error"]


class TestErrorsOfTheServiceItself:
    def test_no_trace_leaves_the_house(self, client, lines, monkeypatch):
        def broken(*_):
            raise ZeroDivisionError("a secret")

        monkeypatch.setattr(type(client.service), "recommend", broken)
        status, headers, content = client.send("POST", "/v1/recommendations", {"user": 4})
        assert status == 500
        found = json.loads(content)
        assert found == {
            "error": "an error of the service itself; its log says more",
            "request_id": headers["x-request-id"],
        }
        (error,) = [line for line in lines if line["level"] == "error"]
        assert error["request_id"] == found["request_id"]
        assert "ZeroDivisionError: a secret" in error["trace"]


class TestLog:
    def test_a_line_per_request_which_names_no_user(self, client, lines):
        found = client.json("GET", "/v1/users/22/recommendations?k=1")
        line = until(lambda: [line for line in lines if line.get("request_id") == found["request_id"]])[0]
        assert line | {"time": "", "ms": 0} == {
            "time": "",
            "level": "info",
            "message": "request",
            "request_id": found["request_id"],
            "method": "GET",
            "route": "/v1/users/{user:path}/recommendations",
            "status": 200,
            "ms": 0,
        }
        assert line["ms"] > 0
