"""The routes of the service."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response

from recommender.bundle.arguments import as_in_log
from recommender.serving.answering import history_of
from recommender.serving.fields import TEXT, Days, K, Offset, Policy, Time
from recommender.serving.gate import OPERATIONS, Gate
from recommender.serving.operations import Operations, operations
from recommender.serving.options import Options
from recommender.serving.pages import pages
from recommender.serving.problems import NotFoundError, handlers
from recommender.serving.schemas import (
    Answered,
    Ask,
    Choices,
    Erased,
    History,
    Listed,
    NewEvent,
    OneOrMore,
    Problem,
    State,
    Taken,
)
from recommender.serving.service import Service

SECONDS = 10.0
"""How long an answer may take; then the caller should come back."""
T = TypeVar("T")
User = Annotated[str, Path(min_length=1, max_length=TEXT, description="id as in the log")]


def make_app(options: Options) -> FastAPI:
    """Return the application around an open service; it closes with the application.

    Raises:
        DataError: there is no bundle, or it is damaged.
        StoreError: the store cannot be used.
    """
    service = Service(options)

    @asynccontextmanager
    async def _close(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(service.close)

    problems: dict[int | str, dict[str, Any]] = {
        429: {"model": Problem, "description": "Too many requests from this address; see Retry-After"},
        422: {"model": Problem, "description": "The request cannot be meant"},
        503: {"model": Problem, "description": "Too many wait; see Retry-After"},
    }
    app = FastAPI(
        title="Recommender", version="1", lifespan=_close, responses=problems, exception_handlers=handlers(),
        docs_url=None, redoc_url=None,  # they would load scripts from another machine
    )  # fmt: skip
    app.add_middleware(Gate, gauges=service.gauges, pace=service.pace, token=options.token, rate=options.rate)
    app.state.service = service
    app.include_router(router)
    app.include_router(pages)
    return app


async def _service(request: Request) -> Service:
    return request.app.state.service


router = APIRouter()
Its = Annotated[Service, Depends(_service)]


async def _wait(future: "Future[T]") -> T:
    return await asyncio.wait_for(asyncio.wrap_future(future), SECONDS)


async def _recommend(service: Service, request: Request, ask: Ask) -> Response:
    answered = await _wait(service.recommend(ask, request.state.request_id))
    return Response(answered.model_dump_json(exclude_none=True), media_type="application/json")


@router.post("/v1/recommendations", response_model=Answered)
async def recommendations(service: Its, request: Request, ask: Ask) -> Response:
    """Recommend items to a user, or to an anonymous session by its events."""
    return await _recommend(service, request, ask)


@router.get("/v1/users/{user:path}/recommendations", response_model=Answered)
async def user_recommendations(
    service: Its,
    request: Request,
    user: User,
    k: K = 10,
    policy: Policy | None = None,
    now: Annotated[Time | None, Query()] = None,
    offset: Offset = 0,
    explain: bool = False,
) -> Response:
    """Recommend items to a user."""
    ask = Ask.model_construct(user=user, k=k, policy=policy, now=now, offset=offset, explain=explain)
    return await _recommend(service, request, ask)


@router.get("/v1/users/{user:path}/history")
async def history(service: Its, user: User, k: K = 10) -> History:
    """Return the latest items that a user has, with the events that the last answer knew."""
    return history_of(service.release, user, k)


@router.get("/v1/items/{item:path}/similar", response_model_exclude_none=True)
async def similar(service: Its, item: Annotated[str, Path(min_length=1, max_length=TEXT)], k: K = 10) -> Listed:
    """Return items that the same users chose: the score is the cosine of their factors."""
    release = service.release
    known = as_in_log(item, release.bundle.item_codes)
    if known not in release.bundle.item_codes:
        raise NotFoundError(f"item: found {item!r}, which has no events; ids look like those of /v1/popular")
    return Listed(revision=release.revision, items=release.shelves.similar(known, k))


@router.get("/v1/popular", response_model_exclude_none=True)
async def popular(service: Its, k: K = 10) -> Listed:
    """Return the items with the most events."""
    release = service.release
    return Listed(revision=release.revision, items=release.shelves.popular(k))


@router.get("/v1/trending", response_model_exclude_none=True)
async def trending(service: Its, days: Days = 14, k: K = 10) -> Listed:
    """Return the items with the most events in the last days of what the bundle knows."""
    release = service.release
    return Listed(revision=release.revision, items=release.shelves.trending(days, k))


@router.get("/v1/latest", response_model_exclude_none=True)
async def latest(service: Its, k: K = 10) -> Listed:
    """Return the items that had their first event last."""
    release = service.release
    return Listed(revision=release.revision, items=release.shelves.latest(k))


@router.get("/v1/choices")
async def choices(service: Its) -> Choices:
    """Return some users of the log and its ratings, for a page."""
    return service.release.shelves.choices


@router.post("/v1/events")
async def events(service: Its, body: OneOrMore) -> Taken:
    """Keep one event or many; the answer comes when they are on the disk, and the next request knows them."""
    return await _wait(service.keep([body] if isinstance(body, NewEvent) else body.events))


@router.delete("/v1/users/{user:path}")
def erase(service: Its, user: User) -> Erased:
    """Delete a user's events and forget the user: answers do at once, models with the next training."""
    return Erased(events=service.erase(user))


@router.get("/health/live")
async def live(service: Its) -> State:
    """Say that the process answers."""
    return _state(service)


@router.get("/health/ready")
def ready(service: Its) -> State:
    """Say that a bundle is loaded and that the event store can be read; 503 if not."""
    service.store.last()
    return _state(service)


@router.get("/metrics", response_class=Response)
def metrics(service: Its) -> Response:
    """Return measurements for Prometheus."""
    return Response(service.gauges.text(), media_type="text/plain; version=0.0.4")


@router.get(OPERATIONS)
def for_operators(service: Its) -> Operations:
    """Return what the page /operations shows."""
    return operations(service)


def _state(service: Service) -> State:
    manifest = service.release.bundle.manifest
    return State(status="ok", revision=manifest.revision, known_until=manifest.known_until)
