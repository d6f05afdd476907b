"""Answers to requests that cannot be met: one line of what was found and expected, never a stack trace."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError

from recommender.errors import ParameterError, RecommenderError
from recommender.serving.batching import OverloadedError
from recommender.serving.gate import problem

SHOWN = 60
"""Letters of a wrong value that are shown."""


class NotFoundError(RecommenderError):
    """What the path names does not exist."""


def handlers() -> dict[int | type[Exception], Callable[..., Any]]:
    """Return what answers which error."""
    return {
        RequestValidationError: _invalid,
        **dict.fromkeys((400, 404, 405), _refused),
        TimeoutError: lambda request, _: _response(request, 503, "no answer in time; ask again later"),
        OverloadedError: _answer(503),
        ParameterError: _answer(422),
        NotFoundError: _answer(404),
        RecommenderError: _answer(503),
    }


def explain(found: Mapping[str, Any]) -> str:
    """Return one finding of pydantic as `place: what was found, what was expected`."""
    place = ".".join(str(part) for part in found["loc"][1:] if part not in {"one", "several"}) or "body"
    message = str(found["msg"]).removeprefix("Value error, ")
    value = repr(found.get("input"))
    shown = value if len(value) <= SHOWN else f"{value[:SHOWN]}..."
    return f"{place}: {message[0].lower()}{message[1:]}, found {shown}"


def _answer(status: int) -> Callable[[Request, Exception], Response]:
    return lambda request, error: _response(request, status, str(error))


def _refused(request: Request, error: HTTPException) -> Response:
    return _response(request, error.status_code, str(error.detail), error.headers)


def _invalid(request: Request, error: RequestValidationError) -> Response:
    return _response(request, 422, "; ".join(explain(found) for found in error.errors()[:5]))


def _response(request: Request, status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    more = {"Retry-After": "1"} if status == 503 else {}
    content = problem(text, request.state.request_id)
    return Response(content, status, {**(headers or {}), **more}, media_type="application/json")
