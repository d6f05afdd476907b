"""Command line: python -m recommender.serving --root . --port 8000."""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from recommender.errors import ParameterError, RecommenderError
from recommender.serving.app import make_app
from recommender.serving.experiment import read_experiment
from recommender.serving.fields import MAX_DAYS
from recommender.serving.json_lines import CONFIG
from recommender.serving.options import Options
from recommender.serving.service import Service
from recommender.serving.workers import in_a_worker
from recommender.terminal import Parser

STOP_SECONDS = 20
"""How long a stop waits for answers."""
START_SECONDS = 60
"""How long a worker may be silent, as it is while it starts, before another one takes its place."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until a signal comes.

    Returns:
        0, or 1 after a message that a person can act on.
    """
    parser = Parser(prog="python -m recommender.serving", description="Answer and take events over HTTP.")
    parser.add_argument("--root", type=Path, default=Path(), help="the project's folder (default: here)")
    parser.add_argument("--bundle", type=Path, metavar="FOLDER", help="default: releases/current, or models/live")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="0 for any free one (default: %(default)s)")
    place = "a file of SQLite (default: data/live/events.sqlite), or redis://HOST:PORT/0"
    parser.add_argument("--store", metavar="PLACE", help=f"the event store: {place}")
    parser.add_argument("--log", type=Path, metavar="FOLDER", help="write a request log to this folder")
    parser.add_argument("--token-env", metavar="NAME", help="variable with the token that callers must send")
    parser.add_argument("--experiment", action="store_true", help="answer by each user's arm of ab_test in params.yaml")
    parser.add_argument("--rate", type=float, metavar="N", help="most requests per second of one address")
    parser.add_argument("--ahead-days", type=float, default=1, metavar="N", help="how far ahead an event may be")
    parser.add_argument("--waiting", type=int, default=256, help="requests that may wait (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")
    chosen = parser.parse_args(argv)
    try:
        serve(_options(chosen), chosen.host, chosen.port, chosen.workers)
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def serve(options: Options, host: str, port: int, workers: int) -> None:
    """Listen, and answer until a signal comes; then what waits is answered and kept.

    Raises:
        DataError: there is no bundle, or it is damaged.
        StoreError: the event store cannot be used.
        ParameterError: the address cannot be listened on.
    """
    with _listening(host, port) as listener:
        if workers == 1:
            app = make_app(options)
            _say_where(listener)
            for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises them again when it has stopped
                signal.signal(number, lambda *_: None)
            uvicorn.Server(_config(app, workers)).run([listener])
        else:
            Service(options).close()  # what is wrong is said once, before any worker starts
            _say_where(listener)
            Multiprocess(_config(partial(in_a_worker, options), workers), [listener]).run()


def _config(app: object, workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        factory=workers > 1,
        workers=workers,
        log_config=CONFIG,
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_worker_healthcheck=START_SECONDS,
        server_header=False,
    )


def _options(chosen: argparse.Namespace) -> Options:
    for name in ("workers", "waiting"):
        if getattr(chosen, name) < 1:
            raise ParameterError(f"--{name}: found {getattr(chosen, name)}, expected at least 1")
    if chosen.rate is not None and not 0.001 <= chosen.rate <= 1e6:
        raise ParameterError(f"--rate: found {chosen.rate:g}, expected 0.001 to 1000000 requests per second")
    if not 0 <= chosen.ahead_days <= MAX_DAYS:
        raise ParameterError(f"--ahead-days: found {chosen.ahead_days:g}, expected 0 to {MAX_DAYS}")
    token = None
    if chosen.token_env is not None:
        token = os.getenv(chosen.token_env)
        if not token:
            raise ParameterError(f"--token-env: the variable {chosen.token_env} is not set; set it to the token")
    store = chosen.store or chosen.root / "data/live/events.sqlite"
    experiment = read_experiment(chosen.root) if chosen.experiment else None
    return Options(
        chosen.root, store, chosen.bundle, chosen.log, token, experiment, chosen.rate, chosen.ahead_days, chosen.waiting
    )


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # With the protocol named, asyncio turns off Nagle's algorithm; an answer would wait 40 ms for the caller's ACK.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)  # from now on callers wait instead of being refused
        listener.set_inheritable(True)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ParameterError(f"{host}:{port}: cannot be listened on ({error}); choose another --port") from error
    return listener


def _say_where(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    sys.stderr.write(f"serving on http://{host}:{port} (stop: Ctrl-C)\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
