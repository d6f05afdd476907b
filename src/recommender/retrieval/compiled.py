"""Loops that numpy and scipy have no fast function for, compiled to machine code.

Compiled code is kept beside the source (in __pycache__), so that only the first process waits for it. The arithmetic is
that of the source, operation by operation: nothing is reordered, and the results are the same on every processor.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a function of arrays and numbers at its first call; it runs without the lock of the interpreter."""
    return cast("F", njit(cache=True, nogil=True)(function))
