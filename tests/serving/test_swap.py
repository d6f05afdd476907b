import shutil

import pytest

from recommender.bundle.live import FOLDER
from recommender.bundle.releases import CURRENT, release, serve
from recommender.errors import DataError
from recommender.serving.swap import Swap
from tests.serving.bundles import land, other_revision, revision


@pytest.fixture
def seen():
    return []


@pytest.fixture
def swap(own, store, seen):
    """It looks only when it is told to."""
    return Swap(
        lambda: own / FOLDER,
        store,
        lambda release: seen.append(("warm", release.revision)),
        lambda *told: seen.append(told),
    )


@pytest.fixture(scope="module")
def other(project, tmp_path_factory):
    """The same models with another rule: another revision."""
    return other_revision(project / FOLDER, tmp_path_factory.mktemp("other") / "live")


def test_a_new_bundle_is_warmed_and_takes_the_place(swap, own, other, seen):
    old = swap.current
    land(other, own / FOLDER)
    swap.look()
    new = revision(other)
    assert swap.current.revision == new != old.revision
    assert seen == [("warm", new), ("swapped", f"revision {new} answers in the place of {old.revision}")]
    swap.look()
    assert len(seen) == 2


def test_while_the_folder_is_gone_the_old_one_stays(swap, own, seen):
    old = swap.current
    shutil.rmtree(own / FOLDER)
    swap.look()
    assert swap.current is old
    assert seen == []


def test_the_same_bundle_again_is_no_swap(swap, own, seen, project):
    old = swap.current
    land(project / FOLDER, own / FOLDER)
    (own / FOLDER / "manifest.json").touch()
    swap.look()
    assert swap.current is old
    assert seen == []


def test_a_bad_one_is_refused_once(swap, own, other, seen):
    old = swap.current
    land(other, own / FOLDER)
    (own / FOLDER / "svd.npz").write_bytes(b"")
    swap.look()
    swap.look()
    assert swap.current is old
    ((outcome, text),) = seen
    assert outcome == "refused"
    assert "svd.npz: not the part of revision" in text
    assert text.endswith(f"revision {old.revision} still answers")


def test_parts_that_land_after_the_manifest(swap, own, other, seen):
    """As after `dvc checkout`, which writes in any order."""
    shutil.copy(other / "manifest.json", own / FOLDER)
    (own / FOLDER / "ranker.txt").unlink()
    swap.look()
    assert [outcome for outcome, _ in seen] == ["refused"]
    shutil.copy(other / "ranker.txt", own / FOLDER)
    swap.look()
    assert swap.current.revision == revision(other)


def test_a_link_that_leads_elsewhere(other, store, project, tmp_path):
    """As `recommender.bundle.releases` replaces it, forward and back."""
    first, second = revision(project / FOLDER), revision(other)
    releases = tmp_path / "releases"
    release(project / FOLDER, releases)
    swap = Swap(lambda: releases / CURRENT, store, lambda _: None, lambda *_: None)
    release(other, releases)
    swap.look()
    assert swap.current.revision == second
    serve(first, releases)
    swap.look()
    assert swap.current.revision == first


def test_one_that_cannot_answer_is_refused(own, other, store, seen):
    def fails(release):
        raise ZeroDivisionError("division by zero")

    swap = Swap(lambda: own / FOLDER, store, fails, lambda *told: seen.append(told))
    old = swap.current
    land(other, own / FOLDER)
    swap.look()
    assert swap.current is old
    assert seen == [("refused", f"ZeroDivisionError: division by zero; revision {old.revision} still answers")]


def test_without_a_bundle_there_is_no_service(store, tmp_path):
    with pytest.raises(DataError, match=r"manifest.json: no such file; run `dvc repro`"):
        Swap(lambda: tmp_path, store, print, print)
