"""One BLAS thread for arithmetic whose bits must repeat: sums in another order end in other bits."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import OpenBLASController, ThreadpoolController

_LOCK = Lock()
_LIMIT = ExitStack()
_users = 0


@cache
def _controller() -> ThreadpoolController:
    """Find the loaded BLAS libraries once: to look for them at each use would take milliseconds."""
    return ThreadpoolController()


def _take_control() -> None:
    """Let this thread set the limit: threadpoolctl ignores all threads but the one that set a limit first."""
    OpenBLASController.clear_controlling_thread(force=True)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS use one thread; import numpy and scipy before the first use.

    The limit holds for the whole process. It ends when the last of all overlapping contexts, of any thread, ends.
    """
    global _users  # noqa: PLW0603 (the limit belongs to the process, as BLAS does)
    with _LOCK:
        if not _users:
            _take_control()
            _LIMIT.enter_context(_controller().limit(limits=1, user_api="blas"))
        _users += 1
    try:
        yield
    finally:
        with _LOCK:
            _users -= 1
            if not _users:
                _take_control()
                _LIMIT.close()
