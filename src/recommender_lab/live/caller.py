"""Sends requests to the service, and counts what comes back."""

import http.client
import json
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

SECONDS = 60


@dataclass
class Tally:
    """What came back on one day, counted by any number of callers.

    Attributes:
        milliseconds: of each request, whatever its answer.
        errors: of the requests that were not answered with 200.
        lists: answers with items.
        acknowledged: ids of the events that the service acknowledged.
        shown: number of items by arm.
        clicked: number of clicked items by arm.
        items: distinct items shown by arm.
        revisions: of the answers, in the order of their first ones.
    """

    milliseconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lists: int = 0
    acknowledged: list[str] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)
    clicked: Counter[str] = field(default_factory=Counter)
    items: defaultdict[str, set[int | str]] = field(default_factory=lambda: defaultdict(set))
    revisions: dict[str, None] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock, repr=False)


class Caller:
    """One connection that is kept; one thread has one."""

    def __init__(self, port: int, tally: Tally) -> None:
        """Connect at the first request.

        Args:
            port: of the service, on 127.0.0.1.
            tally: where answers are counted.
        """
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        self._tally = tally

    def ask(self, **body: Any) -> dict[str, Any]:
        """Ask for a list; an answer to the user's arm counts as shown.

        Returns:
            The answer, empty after an error.
        """
        answer = self._send("POST", "/v1/recommendations", body)
        if answer:
            with self._tally.lock:
                self._tally.lists += 1
                self._tally.revisions.setdefault(answer["revision"])
                if arm := answer.get("arm"):
                    self._tally.shown[arm] += len(answer["items"])
                    self._tally.items[arm].update(item["item_id"] for item in answer["items"])
        return answer

    def tell(self, events: Sequence[dict[str, Any]], arm: str | None = None) -> None:
        """Send events; those that follow from a list of an arm count for it."""
        if not events or not (answer := self._send("POST", "/v1/events", {"events": events})):
            return
        with self._tally.lock:
            if answer["stored"] < len(events):
                self._tally.errors.append(f"{len(events)} new events: {answer}")
                return
            self._tally.acknowledged += [event["event_id"] for event in events]
            if arm:
                self._tally.clicked[arm] += sum(event["kind"] == "click" for event in events)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _send(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        content, start, error = None if body is None else json.dumps(body), time.perf_counter(), ""
        answer: dict[str, Any] = {}
        try:
            self._connection.request(method, path, content, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            text = response.read()
            if response.status == http.HTTPStatus.OK:
                answer = json.loads(text)
            else:
                error = f"{method} {path}: {response.status} {text.decode(errors='replace')}"
        except (OSError, http.client.HTTPException, ValueError) as failure:
            self._connection.close()  # the next request connects anew
            error = f"{method} {path}: {type(failure).__name__}: {failure}"
        with self._tally.lock:
            self._tally.milliseconds.append(1000 * (time.perf_counter() - start))
            self._tally.errors += [error] if error else []
        return answer
