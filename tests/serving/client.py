"""A real server in a thread, and a client of the standard library."""

import http.client
import json
import threading
import time
from contextlib import closing, contextmanager

import uvicorn

from recommender.serving.app import make_app

SECONDS = 30


def until(found, seconds=SECONDS):
    """Ask again and again until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
    return answer


class Client:
    """Sends one request per connection."""

    def __init__(self, port, app=None):
        self.port, self.app = port, app

    @property
    def service(self):
        return self.app.state.service

    def send(self, method, path, body=None, headers=None):
        """Return the status, the headers and the body as bytes."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} | (headers or {})
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as connection:
            connection.request(method, path, content, given)
            response = connection.getresponse()
            return response.status, dict(response.headers), response.read()

    def json(self, method, path, body=None, status=200):
        """Return the body of an answer of that status."""
        found, _, content = self.send(method, path, body)
        assert found == status, (found, content[:500])
        return json.loads(content)

    def ask(self, **body):
        return self.json("POST", "/v1/recommendations", body)

    def items(self, **body):
        return [item["item_id"] for item in self.ask(**body)["items"]]

    def tell(self, *events):
        return self.json("POST", "/v1/events", {"events": list(events)})


@contextmanager
def serving(options):
    """Serve on a free port until the end of the block."""
    app = make_app(options)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        yield Client(server.servers[0].sockets[0].getsockname()[1], app)
    finally:
        server.should_exit = True
        thread.join()


def event(number, user, item, kind="click", **values):
    """An event whose id is its number."""
    return {"event_id": f"event {number}", "user": user, "item": item, "kind": kind} | values
