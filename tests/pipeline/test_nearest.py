"""The index of the factors through the pipeline: in the configuration `text_ids`, where faiss is installed."""

import shutil

import pytest

from recommender.bundle.live import FOLDER, Bundle
from recommender.measured import read_details
from recommender.retrieval import nearest
from tests.pipeline.conftest import FAISS
from tests.project.project import run_stages, set_params

pytestmark = pytest.mark.skipif(not FAISS, reason="faiss is not installed; make nearest installs it")
LISTS = "data/recommendations/svd.parquet"


def test_the_measured_recall_is_among_the_metrics(run_of):
    found = read_details(run_of("text_ids") / "metrics/details/train_svd.csv")["index_recall"]
    assert found.keys() == {"validation", "serving"}
    assert min(found.values()) >= 0.95


def test_a_bundle_finds_items_as_it_was_published(run_of):
    assert Bundle(run_of("text_ids") / FOLDER).factors.index == "hnsw"
    assert Bundle(run_of("own") / FOLDER).factors.index == "exact"


def test_a_graph_of_few_items_gives_the_lists_of_all_dot_products(run_of, tmp_path, monkeypatch):
    """A search looks at 100 items more than it is asked for, which are all."""
    folder, stages = shutil.copytree(run_of("own"), tmp_path / "copy"), ["train_svd", "recommend_svd"]
    set_params(folder, {"train_svd.index": "hnsw"})
    monkeypatch.setattr(nearest, "MOST", 1.0)
    assert run_stages(folder, stages) == dict.fromkeys(stages, 0)
    assert (folder / LISTS).read_bytes() == (run_of("own") / LISTS).read_bytes()
