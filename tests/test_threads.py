from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from recommender.threads import one_blas_thread


def blas_threads():
    """Of numpy and scipy; faiss, which other tests load, has a BLAS of its own."""
    found = [info for info in threadpool_info() if info["user_api"] == "blas" and "faiss" not in info["filepath"]]
    return {info["num_threads"] for info in found}


@pytest.fixture
def many(monkeypatch):
    """A process whose BLAS has two threads."""
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpool_limits(2, user_api="blas"):
        yield


@pytest.mark.usefixtures("many")
class TestOneBlasThread:
    def test_inside_one_and_after_it_as_before(self):
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {2}

    def test_nested_contexts(self):
        with one_blas_thread():
            with one_blas_thread():
                pass
            assert blas_threads() == {1}
        assert blas_threads() == {2}

    def test_an_error_inside_ends_it(self):
        with pytest.raises(KeyError), one_blas_thread():
            raise KeyError
        assert blas_threads() == {2}

    def test_overlapping_contexts_of_several_threads(self):
        """Each enters before any leaves, and they leave in the order in which they came."""
        entered, left = Barrier(4), [Barrier(2) for _ in range(4)]

        def work(number):
            with one_blas_thread():
                entered.wait()
                if number:
                    left[number].wait()
                inside = blas_threads()
            if number < 3:
                left[number + 1].wait()
            return inside

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, range(4))) == [{1}] * 4
        assert blas_threads() == {2}
