"""Stages are called in this process: the first import chooses its arithmetic, as it does for a script."""

import recommender.stage  # noqa: F401

import pytest
from hypothesis import settings

from recommender.bundle.artifacts import Artifacts
from recommender.bundle.live import FOLDER, Bundle
from recommender.serving.stores import open_store
from tests.chromium import Chromium
from tests.logs import checkerboard
from tests.projects import make_project, renamed
from tests.serving.redis_server import MISSING, RedisServer
from tests.shared_folder import once

settings.register_profile("house", deadline=None, derandomize=True, max_examples=15)
settings.load_profile("house")


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """The folder of a fitted miniature project; write only into a copy of it."""
    return once(tmp_path_factory, "checkerboard", lambda folder: make_project(folder, checkerboard()))


@pytest.fixture(scope="session")
def text_project(tmp_path_factory):
    """The same project with text in the place of every id, quotes and emoji included."""
    return once(tmp_path_factory, "checkerboard_text", lambda folder: make_project(folder, renamed(checkerboard())))


@pytest.fixture(scope="session")
def artifacts(project):
    return Artifacts(project)


@pytest.fixture(scope="session")
def bundle(project):
    """The published bundle of the fitted miniature project."""
    return Bundle(project / FOLDER)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """A headless browser; the test modules that use it are skipped where there is none."""
    browser = Chromium(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    """A redis-server of the tests' own."""
    if MISSING:
        pytest.skip(MISSING)
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(params=["sqlite", "redis"])
def place(request, tmp_path):
    """Where an empty event store is: any backend must pass the same tests."""
    if request.param == "sqlite":
        return tmp_path / "store/events.sqlite"
    server = request.getfixturevalue("redis_server")
    server.empty()
    return server.url


@pytest.fixture
def another(place):
    """Open the store once more, as another process does."""
    opened = []
    yield lambda: opened.append(open_store(place)) or opened[-1]
    for store in opened:
        store.close()


@pytest.fixture
def store(another):
    """An empty event store."""
    return another()
