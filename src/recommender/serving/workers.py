"""What runs in each worker, where several processes answer."""

import multiprocessing
import os
import signal
import threading

from fastapi import FastAPI

from recommender.serving.app import make_app
from recommender.serving.options import Options


def in_a_worker(options: Options) -> FastAPI:
    """Return the application of a worker, which stops when the process that started it is gone."""

    def outlive() -> None:
        """Wait for the end of the process that started this one."""
        parent = multiprocessing.parent_process()
        assert parent is not None, "a worker is started by another process"
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=outlive, daemon=True).start()
    return make_app(options)
