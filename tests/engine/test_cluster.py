"""The engine of a Dask cluster, with processes of its own. The results are those of this process."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from recommender.errors import DataError, ParameterError
from recommender.retrieval.chunks import Local

pytest.importorskip("distributed", reason="Dask is not installed; make cluster installs it")

from recommender.engine.cluster import Cluster, connect, start

CHUNKS = list(range(40))


@pytest.fixture(scope="module", params=[1, 2])
def cluster(request):
    with start(request.param) as engine:
        yield engine


def where(_):
    return os.getpid()


def die_once(path, chunk):
    """Kill the process that works on chunk 20, unless one was killed before."""
    if chunk == 20 and not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk + 1


def test_results_are_in_the_order_of_the_chunks(cluster):
    table = np.arange(80).reshape(40, 2)
    assert [*cluster.map(lambda row: table[row].sum(), CHUNKS)] == [4 * row + 1 for row in CHUNKS]


def test_work_is_done_in_other_processes(cluster):
    workers = {*cluster.map(where, CHUNKS)}
    assert os.getpid() not in workers


def test_no_chunks_no_results(cluster):
    assert [*cluster.map(where, [])] == []


def test_an_error_of_the_work_is_raised_here(cluster):
    def work(_):
        raise DataError("what the user did")

    with pytest.raises(DataError, match="^what the user did$"):
        [*cluster.map(work, CHUNKS)]


def test_a_worker_that_is_killed_costs_a_retry(cluster, tmp_path):
    flag = str(tmp_path / "killed")
    found = [*cluster.map(lambda chunk: die_once(flag, chunk), CHUNKS)]
    assert Path(flag).exists()
    assert found == [chunk + 1 for chunk in CHUNKS]
