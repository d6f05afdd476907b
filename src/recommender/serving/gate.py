"""Stands between the network and the routes: token, rate, size and time of a body, request id, log line."""

import asyncio
import hmac
import json
import logging
import math
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from recommender.serving.gauges import Gauges
from recommender.serving.json_lines import LOG, say
from recommender.serving.limits import Limits
from recommender.serving.pace import Pace

MAX_BODY = 1 << 20
"""Bytes."""
BODY_SECONDS = 10.0
OPEN = ("/health/live", "/health/ready")
"""Need no token and have no limit."""
OPERATIONS = "/v1/operations"
PAGES = ("/", "/operations")
"""Need no token, as a browser opens them without one; they hold no data, and what they ask for needs it."""
PARTS = "/page/"
"""Of the pages, likewise."""
METHODS = ("GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH")
"""Any other word is counted as `other`, or callers could make new series without end."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class RefusedError(Exception):
    """The request is answered without asking a route."""

    def __init__(self, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        """Give the status, one line and more headers."""
        super().__init__(text)
        self.status, self.headers = status, headers


class Gate:
    """ASGI middleware around all routes."""

    def __init__(self, app: App, gauges: Gauges, pace: Pace, token: str | None, rate: float | None) -> None:
        """Stand in front of an application.

        Args:
            app: what is guarded.
            gauges: count and time the answers.
            pace: remembers those of the last minute, without what operators ask.
            token: who asks must send it; None for everybody.
            rate: requests per second of one address; None for any number.
        """
        self._limits = None if rate is None else Limits(rate)
        self._app, self._gauges, self._pace = app, gauges, pace
        self._expected = None if token is None else f"Bearer {token}".encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, started, status = uuid.uuid4().hex, time.perf_counter(), 0
        scope.setdefault("state", {})["request_id"] = request_id

        async def _answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            if scope["path"] not in OPEN:
                self._require_rate(scope)
                if scope["path"] not in PAGES and not scope["path"].startswith(PARTS):
                    self._require_token(scope)
            await self._app(scope, await _whole(receive), _answered)
        except RefusedError as error:
            await _problem(_answered, error, request_id)
        except Exception:
            LOG.exception("an error of the service itself", extra={"fields": {"request_id": request_id}})
            if not status:
                own = RefusedError(500, "an error of the service itself; its log says more")
                await _problem(_answered, own, request_id)
        self._note(scope, request_id, status, time.perf_counter() - started)

    def _require_rate(self, scope: Message) -> None:
        if self._limits is None:
            return
        address = scope["client"][0] if scope.get("client") else ""
        if seconds := self._limits.wait(address):
            text = f"too many requests from this address; ask again in {seconds:.1f} seconds"
            raise RefusedError(429, text, (b"retry-after", str(math.ceil(seconds)).encode()))

    def _require_token(self, scope: Message) -> None:
        if self._expected is None:
            return
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(given, self._expected):
            text = "authorization: expected the header 'Authorization: Bearer TOKEN'"
            raise RefusedError(401, text, (b"www-authenticate", b"Bearer"))

    def _note(self, scope: Message, request_id: str, status: int, seconds: float) -> None:
        """Count, time and log; the route's pattern stands for the path, which may name a user."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._gauges.http.labels(method, route, status).inc()
        self._gauges.stage.labels("http").observe(seconds)
        if scope["path"].startswith("/v1/") and scope["path"] != OPERATIONS:
            self._pace.note(seconds, status)
        level = logging.INFO if status < 500 else logging.WARNING
        milliseconds = round(1000 * seconds, 3)
        say("request", level, request_id=request_id, method=method, route=route, status=status, ms=milliseconds)


async def _whole(receive: Receive) -> Receive:
    """Read the body, and return a function that gives it in one piece.

    Raises:
        RefusedError: it is too long, or does not come.
    """
    parts, size, more = [], 0, True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > MAX_BODY:
                    raise RefusedError(413, f"body: expected at most {MAX_BODY} bytes")
                more = message["type"] == "http.request" and message.get("more_body", False)
    except TimeoutError as error:
        raise RefusedError(408, f"body: not there after {BODY_SECONDS:g} seconds") from error
    waiting = [{"type": "http.request", "body": b"".join(parts), "more_body": False}]

    async def _given() -> Message:
        return waiting.pop() if waiting else await receive()

    return _given


async def _problem(send: Send, error: RefusedError, request_id: str) -> None:
    content = problem(str(error), request_id)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": error.status, "headers": [*headers, *error.headers]})
    await send({"type": "http.response.body", "body": content})


def problem(text: str, request_id: str) -> bytes:
    """Return why there is no answer, as JSON; see `schemas.Problem`."""
    return json.dumps({"error": text, "request_id": request_id}).encode("ascii")
