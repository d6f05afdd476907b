"""Every engine: the same bytes, whatever process worked on which part."""

import shutil

import pytest

from recommender.retrieval import pairs, top
from tests.project.project import hashes, run_stages, set_params

STAGES = ["train_svd", "train_sequence", "build_ranking", "recommend_svd", "recommend_two_stage", "evaluate", "publish"]


@pytest.mark.parametrize(("name", "workers"), [("own", 2), ("text_ids", 1)])
def test_a_cluster_gives_the_bytes_of_one_process(run_of, tmp_path, monkeypatch, name, workers):
    """Of chunks of two requests and small blocks of items."""
    pytest.importorskip("distributed", reason="Dask is not installed; make cluster installs it")
    finished, folder = run_of(name), shutil.copytree(run_of(name), tmp_path / "copy")
    set_params(folder, {"engine.kind": "dask", "engine.workers": workers})
    monkeypatch.setattr(top, "CHUNK_CELLS", 160)
    monkeypatch.setattr(pairs, "BLOCK_WORK", 160)
    old = {path: (folder / path).stat().st_ino for path in hashes(folder, STAGES)}
    assert run_stages(folder, STAGES) == dict.fromkeys(STAGES, 0)
    assert hashes(folder, STAGES) == hashes(finished, STAGES)
    assert not [path for path, inode in old.items() if (folder / path).stat().st_ino == inode]
