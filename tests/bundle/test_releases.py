import shutil

import pytest

from recommender.bundle.live import FOLDER, Bundle
from recommender.bundle.manifest import revision_of, to_json
from recommender.bundle.releases import release, revisions, serve, served, serving
from recommender.errors import DataError, ParameterError


@pytest.fixture
def two(project, tmp_path):
    """Two bundles that differ in the seed of the random policy, and a folder for releases."""
    paths = [shutil.copytree(project / FOLDER, tmp_path / name) for name in ("first", "second")]
    manifest = Bundle(paths[1]).manifest.model_copy(update={"seed": 99})
    revision = revision_of(manifest.parts, manifest.recipe, manifest.rerank, 99)
    (paths[1] / "manifest.json").write_bytes(to_json(manifest.model_copy(update={"revision": revision})))
    return (*paths, tmp_path / "releases")


def test_a_release_serves_and_the_earlier_one_stays(two):
    first, second, releases = two
    assert serving(releases) is None
    one, other = release(first, releases), release(second, releases)
    assert serving(releases) == other == Bundle(releases / "current").manifest.revision != one
    assert set(revisions(releases)) == {one, other}
    serve(one, releases)
    assert serving(releases) == one


def test_what_serves_is_the_current_release_or_else_the_bundle_of_the_last_run(two, tmp_path):
    first, _, releases = two
    assert served(tmp_path) == tmp_path / FOLDER
    revision = release(first, releases)
    assert served(tmp_path) == releases / revision


def test_releasing_again_changes_nothing(two):
    first, _, releases = two
    assert release(first, releases) == release(first, releases) == serving(releases)
    assert len(revisions(releases)) == 1


def test_a_damaged_bundle_is_refused_and_the_earlier_one_serves(two):
    first, second, releases = two
    one = release(first, releases)
    (second / "svd.npz").write_bytes(b"")
    with pytest.raises(DataError, match=r"svd.npz: not the part of revision"):
        release(second, releases)
    assert serving(releases) == one


def test_what_a_killed_release_left_is_no_obstacle(two):
    first, _, releases = two
    revision = Bundle(first).manifest.revision
    (releases / revision).mkdir(parents=True)  # a copy without its manifest
    assert revisions(releases) == []
    assert release(first, releases) == revision == serving(releases)


def test_an_unknown_release_is_refused(two):
    first, _, releases = two
    one = release(first, releases)
    with pytest.raises(ParameterError, match=f"no release 'abc'; there are: {one}"):
        serve("abc", releases)
