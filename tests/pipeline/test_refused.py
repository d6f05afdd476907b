"""What a run of DVC that was refused leaves: lists for the users, and a way back."""

import shutil
import subprocess

import pytest

from tests.project.project import hashes, set_params

LOG = "data/local/log.csv"
PRINT = "import sys; sys.path.insert(0, 'src'); from recommender.__main__ import main; sys.exit(main(['1', '-k', '3']))"
EARLY = ["download", "prepare", "split", "train_svd"]


@pytest.fixture
def project(versioned):
    """The finished project, known to DVC, and put back at the end."""
    versioned.ask()
    before = {name: (versioned.folder / name).read_bytes() for name in (LOG, "params.yaml", "dvc.lock")}
    results = hashes(versioned.folder, EARLY)
    yield versioned
    for name in (LOG, "params.yaml"):
        (versioned.folder / name).write_bytes(before[name])
    versioned.repro("train_svd")
    assert hashes(versioned.folder, EARLY) == results
    assert (versioned.folder / "dvc.lock").read_bytes() == before["dvc.lock"]


def lists(project):
    """Return what the command line prints in a process that has loaded nothing yet."""
    return project.run("-c", PRINT)


def refused(project, target):
    with pytest.raises(subprocess.CalledProcessError):
        project.repro(target)


def test_a_refused_log_takes_neither_the_last_tables_nor_the_lists_away(project):
    before = hashes(project.folder, ["prepare"])
    path = project.folder / LOG
    path.write_text(path.read_text() + "1,2,3,yesterday\n")
    refused(project, "train_svd")
    assert hashes(project.folder, ["prepare"]) == before
    assert len(lists(project).splitlines()) == 1 + 3


def test_a_refused_parameter_takes_a_model_away_but_not_the_lists(project):
    set_params(project.folder, {"train_svd.n_components": 1000})
    refused(project, "train_svd")
    assert not (project.folder / "models/svd/serving.npz").exists()
    assert len(lists(project).splitlines()) == 1 + 3


def test_where_the_bundle_is_gone_the_message_names_what_brings_it_back(project):
    shutil.rmtree(project.folder / "models/live")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        lists(project)
    assert "`dvc checkout`" in failed.value.stderr
    project.run("-m", "dvc", "checkout", "models/live")
    assert len(lists(project).splitlines()) == 1 + 3
