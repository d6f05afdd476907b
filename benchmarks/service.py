"""Runs the service of a project in a process of its own, and asks it over the loopback device."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[1] / "src"
SECONDS = 60


@contextmanager
def running(root: Path, *options: str) -> Iterator[tuple[int, int]]:
    """Serve on a free port with an empty event store, until the end of the block.

    Args:
        root: a project in which the pipeline ran.
        options: of the command.

    Yields:
        The port, and the id of the process.
    """
    command = [sys.executable, "-m", "recommender.serving", "--root", str(root), "--port", "0", *options]
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "log", "w+", encoding="utf-8") as log:
        command += ["--store", f"{folder}/events.sqlite"]
        variables = os.environ | {"PYTHONPATH": str(SOURCE)}
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=variables) as process:
            assert process.stderr is not None
            try:
                line = process.stderr.readline()
                if not line.startswith("serving on "):
                    raise SystemExit(line.strip())
                with subprocess.Popen(
                    ["cat"], stdin=process.stderr, stdout=log
                ):  # an unread pipe would stop the service
                    try:
                        yield int(line.split()[2].rpartition(":")[2]), process.pid
                    finally:  # cat ends with the service
                        process.terminate()
                        process.wait(SECONDS)
            finally:
                process.kill()


class Caller:
    """Sends requests over one connection that is kept; one thread has one."""

    def __init__(self, port: int) -> None:
        """Connect at the first request."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Message, bytes]:
        """Return the status, the headers and the body of an answer."""
        content = None if body is None else json.dumps(body)
        self._connection.request(method, path, content, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        return response.status, response.headers, response.read()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
