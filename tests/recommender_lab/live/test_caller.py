"""What is counted of answers, with a server that answers as it is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recommender_lab.live.caller import Caller, Tally

LIST = {"request_id": "r", "revision": "a", "arm": "svd", "items": [{"item_id": 5}, {"item_id": 7}]}


@pytest.fixture
def told():
    """Answer the requests one after the other: `told(answers)` returns a caller and its tally."""
    servers, callers = [], []

    def told(*answers):
        waiting = list(answers)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                status, body = waiting.pop(0)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                """Print nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        tally = Tally()
        callers.append(Caller(server.server_address[1], tally))
        return callers[-1], tally

    yield told
    for caller in callers:
        caller.close()
    for server in servers:
        server.shutdown()
        server.server_close()


def events(*kinds):
    return [{"event_id": f"{at}", "kind": kind} for at, kind in enumerate(kinds)]


def test_lists_and_clicks_are_counted_for_the_arm(told):
    caller, tally = told((200, LIST), (200, {"stored": 3}), (200, LIST | {"arm": None, "revision": "b"}))
    assert caller.ask(user=1)["request_id"] == "r"
    caller.tell(events("click", "rating", "click"), "svd")
    caller.ask(user=1, policy="svd")
    assert (tally.shown, tally.clicked, tally.items) == ({"svd": 2}, {"svd": 2}, {"svd": {5, 7}})
    assert (tally.lists, list(tally.revisions), tally.acknowledged) == (2, ["a", "b"], ["0", "1", "2"])
    assert (len(tally.milliseconds), tally.errors) == (3, [])


def test_an_event_that_was_not_stored_is_an_error(told):
    caller, tally = told((200, {"stored": 1, "repeated": 0, "erased": 1}))
    caller.tell(events("click", "click"), "svd")
    assert (tally.acknowledged, len(tally.errors), tally.clicked["svd"]) == ([], 1, 0)


def test_refused_requests_and_no_answer_are_errors(told):
    caller, tally = told((503, {"error": "too many wait"}))
    assert caller.ask(user=1) == {}
    assert tally.errors == ['POST /v1/recommendations: 503 {"error": "too many wait"}']
    nobody = Caller(1, tally)
    nobody.tell(events("click"))
    assert len(tally.errors) == len(tally.milliseconds) == 2
    assert tally.acknowledged == []


def test_nothing_is_sent_without_events(told):
    caller, tally = told()
    caller.tell([])
    assert tally.milliseconds == []
