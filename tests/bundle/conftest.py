import pytest

from recommender.bundle.live import FOLDER, Bundle


@pytest.fixture(scope="session")
def bundle(project):
    """The published bundle of the fitted miniature project."""
    return Bundle(project / FOLDER)
