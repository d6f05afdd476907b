"""What a run of DVC that was refused leaves: lists for the users, and a way back."""

import subprocess

import pytest

from recommender.bundle.artifacts import Artifacts
from recommender.bundle.recommending import recommend
from recommender.errors import DataError
from tests.project.project import hashes, set_params

LOG = "data/local/log.csv"
EARLY = ["download", "prepare", "split", "train_svd"]


@pytest.fixture(scope="module")
def known(versioned):
    """The finished project, known to DVC; at the end a run over what was refused gives all of it back."""
    versioned.ask()
    lock, results = (versioned.folder / "dvc.lock").read_bytes(), hashes(versioned.folder, EARLY)
    yield versioned
    versioned.repro("train_svd")
    assert hashes(versioned.folder, EARLY) == results
    assert (versioned.folder / "dvc.lock").read_bytes() == lock


@pytest.fixture
def project(known):
    """The same; its log and parameters are put back after each test."""
    before = {name: (known.folder / name).read_bytes() for name in (LOG, "params.yaml")}
    yield known
    for name, content in before.items():
        (known.folder / name).write_bytes(content)


def refused(project, target):
    with pytest.raises(subprocess.CalledProcessError):
        project.repro(target)


def test_a_refused_log_takes_neither_the_last_tables_nor_the_lists_away(project):
    before = hashes(project.folder, ["prepare"])
    path = project.folder / LOG
    path.write_text(path.read_text() + "1,2,3,yesterday\n")
    refused(project, "train_svd")
    assert hashes(project.folder, ["prepare"]) == before
    assert len(recommend(1, k=3, root=project.folder)) == 3


def test_after_a_refused_parameter_the_last_bundle_answers_and_a_message_names_the_cure(project):
    set_params(project.folder, {"train_svd.n_components": 1000})
    refused(project, "train_svd")
    assert len(recommend(1, k=3, root=project.folder)) == 3
    with pytest.raises(DataError, match=r"or `dvc checkout` for the last one$"):
        Artifacts(project.folder).open("svd")
    project.run("-m", "dvc", "checkout", "models/svd/serving.npz")
    Artifacts(project.folder).open("svd")
