import importlib.util

import numpy as np
import pytest

from benchmarks import nearest, report
from recommender.retrieval import nearest as index
from recommender.retrieval.factors import ItemFactors
from tests.knowing import busy_log

save = report.save
FOUND = {
    "5 items": {
        "items": 5,
        "points": [{"recall": 1.0, "per_second": 10.0}, {"margin": 7, "recall": 0.5, "per_second": 40.0}],
        "build_cpu_s": 3.0,
        "graph_mib": 2.0,
    }
}
HISTORIES = busy_log(n_users=12, n_items=400)
FACTORS = ItemFactors(
    np.random.default_rng(0).normal(size=(HISTORIES.n_items, 4)).astype(np.float32), "rating", np.zeros(4)
)


def test_items_are_added_behind_the_real_ones_and_are_as_long_as_these():
    """Lengths 5 and 2; an item without factors is no model for others."""
    real = np.array([[3, 4], [0, 0], [0, -2]], dtype=np.float32)
    whole = nearest.grown(real, 200)
    assert whole[:3].tolist() == real.tolist()
    lengths = np.sqrt((whole[3:].astype(np.float64) ** 2).sum(axis=1)).round(5)
    assert set(lengths.tolist()) == {5.0, 2.0}
    assert len(np.unique(whole, axis=0)) > 4


def test_a_line_per_catalogue_and_search():
    exact, graph = nearest.rows(FOUND)
    assert [*exact.values()] == ["5 items", "exact", 1.0, 10.0, 0.0, 0.0]
    assert [*graph.values()] == ["5 items", "hnsw, margin 7", 0.5, 40.0, 3.0, 2.0]


def test_the_picture_names_each_catalogue():
    drawn = nearest.picture(FOUND)
    assert drawn.startswith("<svg")
    assert "5 items" in drawn


@pytest.mark.skipif(importlib.util.find_spec("faiss") is None, reason="faiss is not installed; make nearest")
def test_each_catalogue_is_measured_and_written(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(nearest, "ROOT", tmp_path)
    monkeypatch.setattr(report, "save", lambda name, values: save(name, values, tmp_path))
    monkeypatch.setattr(nearest, "opened", lambda name: (FACTORS, HISTORIES))
    chosen = index.MARGIN, index.MOST
    assert nearest.main(["600"]) == 0
    assert chosen == (index.MARGIN, index.MOST)
    assert "600 items" in capsys.readouterr().out
    assert (tmp_path / "nearest.json").exists()
    assert (tmp_path / "nearest.svg").exists()
