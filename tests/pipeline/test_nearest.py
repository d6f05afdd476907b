"""The index of the factors through the pipeline: in the configuration `text_ids`, where faiss is installed."""

import shutil

import pytest

from recommender.bundle.live import FOLDER, Bundle
from recommender.measured import read_details
from recommender.retrieval import nearest
from tests.pipeline.conftest import FAISS
from tests.project.project import hashes, run_stages, set_params

pytestmark = pytest.mark.skipif(not FAISS, reason="faiss is not installed; make nearest installs it")
LISTS = ["recommend_svd", "recommend_two_stage"]


def test_the_measured_recall_is_among_the_metrics(run_of):
    found = read_details(run_of("text_ids") / "metrics/details/train_svd.csv")["index_recall"]
    assert found.keys() == {"validation", "serving"}
    assert min(found.values()) >= 0.95


def test_a_bundle_finds_items_as_it_was_published(run_of):
    assert Bundle(run_of("text_ids") / FOLDER).factors.index == "hnsw"
    assert Bundle(run_of("own") / FOLDER).factors.index == "exact"


def test_a_graph_of_few_items_gives_the_lists_of_all_dot_products(run_of, tmp_path, monkeypatch):
    """A search looks at 100 items more than it is asked for, which are all."""
    exact, folder = hashes(run_of("own"), LISTS), shutil.copytree(run_of("own"), tmp_path / "copy")
    set_params(folder, {"train_svd.index": "hnsw"})
    monkeypatch.setattr(nearest, "MOST", 1.0)
    assert run_stages(folder, ["train_svd", *LISTS]) == dict.fromkeys(["train_svd", *LISTS], 0)
    found = hashes(folder, LISTS)
    lists = {path for path in exact if path.endswith(".parquet")}
    assert {path: found[path] for path in lists} == {path: exact[path] for path in lists}
