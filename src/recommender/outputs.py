"""Writes outputs: each file completely, and all that a stage writes as one set that appears together or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_held: dict[Path, Path | None] | None = None
"""Of an open set: each target with the file that will replace it, or None if it will be removed."""


def write_now(path: Path, content: bytes | memoryview) -> None:
    """Write a file completely: a kill leaves the old file or the new one, never a part.

    Args:
        path: the target; missing folders are made.
        content: all of the file.

    Raises:
        OSError: the disk refuses; names the target.
    """
    _write_beside(path, content)
    try:
        _land(path, _partial(path))
    finally:
        _discard(path)


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write a file completely, as `write_now`; within `as_a_set` it appears with the others.

    Args:
        path: the target; missing folders are made.
        content: all of the file.

    Raises:
        OSError: the disk refuses; names the target.
    """
    if _held is None:
        write_now(path, content)
    else:
        _write_beside(path, content)
        _held[path] = _partial(path)


def remove(path: Path) -> None:
    """Remove a file or folder, if it is there; within `as_a_set` it goes when the files appear."""
    if _held is None:
        _land(path, None)
    else:
        _held[path] = None


def new_folder(path: Path) -> Path:
    """Make an empty folder that takes the place of another one, as a whole, when the open set appears.

    Any process may write files into it. What killed runs left beside the target is removed.

    Args:
        path: the folder that will be replaced, or does not exist yet.

    Returns:
        The absolute path of the new folder.
    """
    if _held is None:
        raise RuntimeError("new_folder: no set is open")
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        _delete(left)
    _held[path] = _partial(path)
    _partial(path).mkdir()
    return _partial(path).absolute()


@contextmanager
def as_a_set() -> Iterator[None]:
    """Hold back what `write_bytes` and `remove` do, in any thread, until the end of the block.

    Then every file is on the disk under another name, and they are renamed one after the other. If the block raises
    an error, nothing has changed.
    """
    global _held  # noqa: PLW0603 (one process runs one stage)
    held: dict[Path, Path | None] = {}
    _held = held
    try:
        yield
        for path, partial in held.items():
            _land(path, partial)
    finally:
        _held = None
        for path in held:
            _discard(path)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _write_beside(path: Path, content: bytes | memoryview) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(_partial(path), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        _discard(path)
        error.filename = str(path)  # of its own it names nothing, or the partial file
        raise


def _land(path: Path, partial: Path | None) -> None:
    try:
        if partial is None:
            _delete(path)
        elif partial.is_dir():
            for left in partial.glob(".*.tmp"):  # of a worker that was killed while it wrote
                _delete(left)
            old = path.with_name(f".{path.name}.old.tmp")  # a kill leaves no folder rather than a half one
            if path.exists():
                os.replace(path, old)
            os.replace(partial, path)
            _delete(old)
        else:
            os.replace(partial, path)
    except OSError as error:
        error.filename = str(path)
        raise


def _delete(path: Path) -> None:
    if path.is_dir():
        for inner in sorted(path.rglob("*"), reverse=True):
            inner.rmdir() if inner.is_dir() and not inner.is_symlink() else inner.unlink()
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def _discard(path: Path) -> None:
    with suppress(OSError):  # what stopped the write stops this too, and must not be hidden by it
        _delete(_partial(path))
