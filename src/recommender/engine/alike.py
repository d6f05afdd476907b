"""What the bytes of a result depend on besides its inputs: it must be alike in all processes that work on it."""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from recommender.errors import ParameterError

_LIBRARIES = ("lightgbm", "numpy", "pandas", "scipy")
_PACKAGE = Path(__file__).parents[1]


@cache
def surroundings() -> dict[str, str]:
    """Return the versions of Python, the libraries and this package, and the instructions that numpy and scipy use."""
    found = {name: version(name) for name in _LIBRARIES}
    kernels = {str(info.get("architecture")) for info in threadpool_info() if info["user_api"] == "blas"}
    found |= {"Python": platform.python_version(), "BLAS": ", ".join(sorted(kernels))}
    found["numpy's instructions"] = ", ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))
    code = hashlib.blake2b(digest_size=6)
    for path in sorted(_PACKAGE.rglob("*.py")):
        code.update(f"{path.relative_to(_PACKAGE)}\n".encode() + path.read_bytes())
    return found | {"code": code.hexdigest()}


def require_alike(expected: dict[str, str]) -> None:
    """Refuse to work in a process whose results may have other bytes.

    Args:
        expected: the surroundings of the process that wants the results.

    Raises:
        ParameterError: something differs.
    """
    for name, own in surroundings().items():
        if own != expected[name]:
            raise ParameterError(
                f"engine.address: a worker has {name} {own}, expected {expected[name]}; start the workers in the same "
                "environment, with the same src, OPENBLAS_CORETYPE=Haswell and "
                'NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR"'
            )
