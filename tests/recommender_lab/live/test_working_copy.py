import subprocess

import pytest

from recommender.errors import DataError
from recommender.serving.store import EventStore, StoredEvent
from recommender_lab.live.working_copy import STORE, WorkingCopy, copy_project


@pytest.fixture
def root(tmp_path):
    """A folder under git, with a file of each kind."""
    root = tmp_path / "root"
    for name in (
        "params.yaml",
        "data/collected/erased.json",
        "data/prepared/items.parquet",
        "releases/a/manifest.json",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / ".gitignore").write_text("/data/\n/releases/\n")
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    return root


def test_files_of_the_user_are_copied_and_what_the_pipeline_makes_is_not(root, tmp_path):
    copy = copy_project(root, tmp_path / "folder")
    found = {str(path.relative_to(copy.project)) for path in copy.project.rglob("*") if path.is_file()}
    assert {name for name in found if not name.startswith(".git/")} == {
        *(".gitignore", "params.yaml", "data/collected/erased.json"),
    }


def test_the_store_is_copied_while_it_is_in_use(root, tmp_path):
    store = EventStore(root / STORE)
    store.append([StoredEvent("a", 1, 10, "click", None, 0)])
    copied = EventStore(copy_project(root, tmp_path / "folder").project / STORE)
    assert copied.since(0) == store.since(0) != []
    copied.append([StoredEvent("b", 1, 11, "click", None, 0)])
    assert store.last() == 1
    for one in (store, copied):
        one.close()


def test_a_folder_without_git_is_refused(tmp_path):
    with pytest.raises(DataError, match="expected a folder under git"):
        copy_project(tmp_path / "nothing", tmp_path / "folder")


def test_a_folder_that_is_not_empty_is_refused(root):
    with pytest.raises(DataError, match="expected an empty folder"):
        copy_project(root, root)


def test_a_service_that_does_not_start_is_told_with_its_last_words(tmp_path):
    copy = WorkingCopy(tmp_path / "project", tmp_path / "logs")
    for folder in (copy.project, copy.logs):
        folder.mkdir()
    (copy.project / "params.yaml").write_text("ab_test: {}\n")
    with pytest.raises(DataError, match=r"(?s)the service does not start; .*error: .*ab_test"):
        copy.service(ahead_days=2).__enter__()
