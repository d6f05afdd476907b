"""The pages for people, and the files that they load; all of them come from this machine."""

from pathlib import Path

from fastapi import APIRouter, Request, Response

from recommender.serving.description_page import reference
from recommender.serving.problems import NotFoundError

HEADERS = {"Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'", "Cache-Control": "no-cache"}
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {
    path.name: (path.read_bytes(), _KINDS[path.suffix])
    for path in sorted((Path(__file__).parent / "page").iterdir())
    if path.suffix in _KINDS
}
"""Content and type of each file."""

pages = APIRouter(include_in_schema=False)


@pages.get("/")
async def for_users() -> Response:
    """Return the page on which a person tries the policies."""
    return _file("index.html")


@pages.get("/operations")
async def for_operators() -> Response:
    """Return the page on which operators look how the service is doing."""
    return _file("operations.html")


@pages.get("/docs")
def for_callers(request: Request) -> Response:
    """Return a page for people who write callers."""
    return Response(reference(request.app.openapi()), media_type="text/html", headers=HEADERS)


@pages.get("/page/{name}")
async def part(name: str) -> Response:
    """Return a file that a page loads."""
    return _file(name)


def _file(name: str) -> Response:
    if name not in FILES:
        raise NotFoundError(f"page: found {name!r}, expected one of {', '.join(FILES)}")
    content, kind = FILES[name]
    return Response(content, media_type=kind, headers=HEADERS)
