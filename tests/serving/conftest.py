import shutil

import pytest

from recommender.serving.options import Options
from tests.serving.client import serving


@pytest.fixture
def own(project, tmp_path):
    """A copy of the published bundle in a project of its own."""
    shutil.copytree(project / "models/live", tmp_path / "own/models/live")
    return tmp_path / "own"


@pytest.fixture(scope="module")
def client(project, tmp_path_factory):
    """A client of a service on the miniature project, on a real socket; tests use users of their own."""
    with serving(Options(project, tmp_path_factory.mktemp("events") / "events.sqlite")) as client:
        yield client
