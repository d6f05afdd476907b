"""One BLAS thread for arithmetic whose bits must repeat: sums in another order end in other bits."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    """Find the loaded BLAS libraries once: looking for them at each use would take milliseconds."""
    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Return a context in which BLAS uses one thread; import numpy, scipy and scikit-learn before its first use."""
    return _controller().limit(limits=1, user_api="blas")
