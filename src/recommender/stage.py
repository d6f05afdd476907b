"""What every stage script shares: `--help`, one-line errors, and inputs that must not change while it runs.

Only scripts import this module, and they import it first: before any package is loaded, it notes which code this
process runs, ties the process to DVC, and chooses the arithmetic, which OpenBLAS reads when numpy and scipy load it.
"""

import argparse
import ctypes
import hashlib
import importlib.util
import logging
import os
import platform
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

if sys.version_info < (3, 11) or importlib.util.find_spec("pydantic") is None:
    raise SystemExit(
        f"error: {sys.executable} is not the Python of this project; activate its environment (. .venv/bin/activate, "
        "or activate.fish or activate.csh in that folder), or use `make repro`"
    )

_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """Stop if DVC is killed, or was before this call: a stage that continues would write into the next run.

    DVC and what it starts are one process group, in which whoever adopts an orphan is not. (Linux only.)
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        orphan = os.getpgid(os.getppid()) != os.getpgrp()
    except ProcessLookupError:
        orphan = True
    if orphan:
        raise SystemExit("error: dvc ended while this stage started; run it again")


def _code() -> dict[str, str]:
    """Hash the script and every module of this project, loaded or not: about 150 small files, some milliseconds."""
    script = getattr(sys.modules["__main__"], "__file__", None)
    modules = [path for name in _PACKAGES for path in (Path(__file__).parents[1] / name).rglob("*.py")]
    return {str(path): _digest(path) for path in [*modules, *([Path(script)] if script else [])]}


def _digest(path: Path) -> str:
    if path.is_dir():
        return repr(sorted(inner.name for inner in path.iterdir()))
    if not path.is_file():
        return "missing"
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


_PACKAGES = ("recommender", "recommender_lab")
# The imports that follow take seconds. What is edited meanwhile is not what runs, and only these digests can show it.
_RUNNING = _code()
if "DVC_STAGE" in os.environ:
    _die_with_parent()
if platform.machine() in {"x86_64", "AMD64"}:
    # The same instructions on every x86 machine, also against the user's own choice: other kernels of BLAS sum in
    # another order, and powers and logarithms of numpy with AVX-512 have other last bits. The results have other bytes.
    os.environ["OPENBLAS_CORETYPE"] = "Haswell"
    os.environ["NPY_DISABLE_CPU_FEATURES"] = "X86_V4 AVX512_ICL AVX512_SPR"

from recommender.errors import DataError, RecommenderError  # noqa: E402
from recommender.outputs import as_a_set  # noqa: E402
from recommender.params import read, value_of  # noqa: E402
from recommender.terminal import Parser  # noqa: E402


def parse(description: str | None, argv: Sequence[str] | None) -> None:
    """Answer `--help` and refuse any argument: a stage takes its parameters from params.yaml.

    Args:
        description: the script's docstring.
        argv: the arguments; None takes the command line's.
    """
    formatter = argparse.RawDescriptionHelpFormatter
    Parser(description=description, formatter_class=formatter).parse_args(argv)


_SIZES = {
    "split": "prepare.part_events",
    "evaluate": "prepare.part_events",
    "sequence": "sequence.ridge_items",
    "build_ranking": "build_ranking.max_requests",
    "replay": "replay.requests_per_user",
    "engine": "engine.workers",
}
"""What takes memory in the stages that read a section."""


def run(work: Callable[[], None], inputs: Sequence[str], keys: Sequence[str]) -> int:
    """Run the work of a stage; refuse its result if an input changed meanwhile.

    Args:
        work: does the whole stage.
        inputs: files and folders that the work reads, relative to the project.
        keys: the parameters that it reads: sections, or `section.key`.

    Returns:
        The exit code: 0, or 1 after one message that names what to do.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        before = fingerprint(inputs, keys)
        with as_a_set():
            work()
            _same(before, _present(inputs, keys))
    except UnicodeEncodeError as error:
        if sys.getfilesystemencoding() == "utf-8":
            raise
        logging.getLogger(__name__).error("error: %r: no name of a file in this locale; set PYTHONUTF8=1", error.object)
        return 1
    except (RecommenderError, MemoryError, OSError) as error:
        logging.getLogger(__name__).error("error: %s", _message(error, keys))
        return 1
    return 0


def _message(error: Exception, keys: Sequence[str]) -> str:
    """Return what stopped a stage and what to do; too little memory and a full disk are not errors of the code."""
    if isinstance(error, MemoryError):
        lower = [_SIZES[key] for key in keys if key in _SIZES]
        return f"not enough memory ({error}); lower one of: {', '.join([*lower, 'prepare.user_fraction'])}"
    if isinstance(error, OSError):
        reason = f"{error.filename or 'a file'}: {error.strerror or error}"
        return f"{reason}; free some space, or correct the path or its permissions, and run it again"
    return str(error)


def fingerprint(inputs: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    """Hash the inputs as they are now, and the script and every loaded module as this process runs them.

    Args:
        inputs: files and folders, relative to the project.
        keys: the parameters: sections, or `section.key`.

    Returns:
        What a result depends on, by name: a digest of each file, the text of each parameter.
    """
    return {name: _RUNNING.get(name, digest) for name, digest in _present(inputs, keys).items()}


def _present(inputs: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    own = [Path(file) for name, module in sys.modules.items() if _is_own(name) and (file := _file_of(module))]
    paths = [path for name in inputs for path in _files(Path(name))]
    params = read()
    values = {f"params.yaml: {key}": repr(value_of(params, key)) for key in keys}
    return {str(path): _digest(path) for path in [*paths, *own]} | values


def _is_own(name: str) -> bool:
    return name.partition(".")[0] in {"__main__", *_PACKAGES}


def _file_of(module: ModuleType) -> str | None:
    return getattr(module, "__file__", None)


def _files(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir():
        yield from sorted(path.rglob("*"))


def _same(before: dict[str, str], after: dict[str, str]) -> None:
    changed = [name for name, digest in after.items() if before.get(name, digest) != digest]
    changed += [name for name in before if name not in after]
    if changed:
        raise DataError(
            f"{changed[0]}: changed while the stage ran, so the result belongs to neither version; run it again"
        )
