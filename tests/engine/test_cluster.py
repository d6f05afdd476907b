"""The engine of a Dask cluster, with processes of its own."""

import os
import signal
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from recommender.engine.alike import surroundings
from recommender.engine.local import ONE_THREAD
from recommender.engine.opening import open_engine
from recommender.engine.settings import EngineParams
from recommender.errors import DataError, ParameterError
from recommender.log.histories import build_histories
from recommender.retrieval import blocks
from recommender.retrieval.factors import fit_factors
from tests.logs import checkerboard

pytest.importorskip("distributed", reason="Dask is not installed; make cluster installs it")

from distributed import LocalCluster

from recommender.engine import cluster as module
from recommender.engine.cluster import connect, start

CHUNKS = list(range(40))


@pytest.fixture(scope="module", params=[1, 2])
def cluster(request):
    """Of one worker and of two."""
    with start(request.param) as engine:
        yield engine


def process_of(_):
    return os.getpid()


def threads_of(_):
    """Return the threads of the BLAS of numpy and that of scipy."""
    import scipy.linalg  # noqa: F401 - as late as some work needs it

    return [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]


def variables_of(_):
    return dict(os.environ)


def die_once(flag, chunk):
    """Kill the process that works on chunk 20, unless one was killed before."""
    if chunk == 20 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk + 1


def test_results_are_in_the_order_of_the_chunks(cluster):
    table = np.arange(80).reshape(40, 2)
    assert [*cluster.map(lambda row: table[row].sum(), CHUNKS)] == [4 * row + 1 for row in CHUNKS]


def test_work_is_done_in_other_processes(cluster):
    assert os.getpid() not in {*cluster.map(process_of, CHUNKS)}


def test_blocks_of_users_give_the_factors_of_one_process(cluster, monkeypatch):
    """About 40 blocks, of 8 events each."""
    monkeypatch.setattr(blocks, "BLOCK_EVENTS", 8)
    for name in ("EVENTS_PER_ITEM", "EVENTS_PER_USER"):
        monkeypatch.setattr(blocks, name, 0)
    board = build_histories([checkerboard()])
    one, other = (fit_factors(board, 3, "rating", 2, 0, engine) for engine in (ONE_THREAD, cluster))
    assert one.factors.tobytes() == other.factors.tobytes()
    assert one.explained_variance.tobytes() == other.explained_variance.tobytes()


def test_every_blas_of_a_worker_has_one_thread_whatever_it_worked_on_before(cluster):
    assert {*chain(*cluster.map(threads_of, CHUNKS))} == {1}


def test_no_chunks_give_no_results(cluster):
    assert [*cluster.map(process_of, [])] == []


def test_workers_have_the_arithmetic_of_this_process_and_its_memory_allocator(cluster):
    [found] = cluster.map(variables_of, [0])
    names = [name for name in found if name.startswith(("OPENBLAS", "MALLOC_"))]
    assert {name: found[name] for name in names} == {name: os.environ.get(name) for name in names}


def test_an_error_of_the_work_is_raised_here(cluster):
    def work(_):
        raise DataError("what the user did")

    with pytest.raises(DataError, match=r"^what the user did$"):
        [*cluster.map(work, CHUNKS)]


def test_a_worker_that_is_killed_costs_a_retry(cluster, tmp_path):
    """Also the only one, and with it all that had the work."""
    flag = tmp_path / "killed"
    assert [*cluster.map(lambda chunk: die_once(flag, chunk), CHUNKS)] == [chunk + 1 for chunk in CHUNKS]
    assert flag.exists()


def test_work_that_kills_every_worker_is_one_message(monkeypatch):
    monkeypatch.setattr(module, "GONE_S", 15)
    with start(1) as engine, pytest.raises(DataError, match="worker after worker died at the same work"):
        [*engine.map(lambda _: os.kill(os.getpid(), signal.SIGKILL), CHUNKS)]


def test_a_process_that_may_give_other_bytes_is_refused(cluster, monkeypatch):
    other = surroundings() | {"numpy": "1.0"}
    monkeypatch.setattr("recommender.engine.parcel.surroundings", lambda: other)
    with pytest.raises(ParameterError, match=r"engine.address: a worker has numpy \d.*, expected 1.0; start "):
        [*cluster.map(process_of, CHUNKS)]


def test_a_cluster_that_runs_is_used_and_left_alone():
    places = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=1, threads_per_worker=2, **places) as running:
        for _ in range(2):
            with connect(running.scheduler_address) as engine:
                assert len({*engine.map(process_of, CHUNKS)} - {os.getpid()}) == 1


def test_an_address_where_nothing_answers_is_one_message():
    params = EngineParams.model_validate({"engine": {"kind": "dask", "address": "127.0.0.1:9", "workers": 1}})
    message = r"^engine.address: no Dask scheduler answers at 127.0.0.1:9; start it, "
    with pytest.raises(ParameterError, match=message), open_engine(params):
        pass


def test_a_scheduler_without_a_worker_is_one_message(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_S", 0.1)
    message = r"^engine.address: the scheduler at tcp.* has no worker; start one$"
    with (
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as running,
        pytest.raises(ParameterError, match=message),
        connect(running.scheduler_address),
    ):
        pass


def test_all_processes_end_with_the_engine():
    with start(2) as engine:
        workers = {*engine.map(process_of, CHUNKS)}
    assert workers
    assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]
