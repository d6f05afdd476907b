"""The log of live calls: whole lines only, from any number of processes and threads, rotated by size.

A line is one `write` to a file opened for appending, under a lock that the system gives back when its holder is killed.
A kill within the write can still leave a part of a line: the next writer sees that the file does not end with a newline
and begins a new line, and the reader counts the part and goes on.
"""

import fcntl
import json
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.errors import DataError
from recommender.outputs import write_now

NAME = "requests.jsonl"
LOCK = ".requests.lock"
FULL = "requests-[0-9]*.jsonl"
MAX_BYTES = 16 * 1024 * 1024
_USER = re.compile(rb'"user":(-?\d+|"(?:[^"\\]|\\.)*")')
"""The first one of a line is its user, also in a part that a kill has left."""


class RequestLog:
    """A folder with `requests.jsonl`, which grows, and `requests-000001.jsonl` and so on, which are full.

    Rotation never deletes, and nobody writes to a full file: it may be moved away or deleted at any time.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        """Name the log; nothing is made before the first line.

        Args:
            folder: where it is; made with the first line.
            max_bytes: a file that would grow beyond is full; one line may be longer.
        """
        self._folder, self._max_bytes = folder, max_bytes

    def append(self, line: bytes) -> None:
        """Write one line, its newline included.

        Raises:
            DataError: the folder cannot be written to, or the disk is full.
        """
        with self._explained():
            self._folder.mkdir(parents=True, exist_ok=True)
            with _locked(self._folder / LOCK):
                self._write(line)

    def forget(self, users: Collection[int | str]) -> int:
        """Remove the lines of some users, while others write; what a kill prevents, the next call does.

        If the file that grows has such lines, it becomes a full one, and full files are replaced as a whole.

        Args:
            users: ids as in the lines.

        Returns:
            How many lines were removed.

        Raises:
            DataError: the folder cannot be written to, or the disk is full.
        """
        if not users:
            return 0
        with self._explained():
            path = self._folder / NAME
            if path.exists() and _without(path.read_bytes(), users)[1]:
                with _locked(self._folder / LOCK):
                    if path.exists():  # not filled by another process in the meantime
                        path.rename(self._next_name())
            return sum(_forget(full, users) for full in sorted(self._folder.glob(FULL)))

    def _write(self, line: bytes) -> None:
        path = self._folder / NAME
        if path.exists() and 0 < path.stat().st_size > self._max_bytes - len(line):
            path.rename(self._next_name())
        with _opened(path, os.O_RDWR | os.O_APPEND | os.O_CREAT) as file:
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            content = b"\n" + line if torn else line
            if os.write(file, content) < len(content):
                os.ftruncate(file, size)
                raise OSError(0, "no space left for a whole line")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(
                f"{self._folder}: the request log cannot be written ({error.strerror}); "
                "correct that, name another folder, or call without a log"
            ) from error

    def _next_name(self) -> Path:
        numbers = [int(path.stem[9:]) for path in self._folder.glob(FULL) if path.stem[9:].isdigit()]
        return self._folder / f"requests-{max(numbers, default=0) + 1:06d}.jsonl"


def _forget(path: Path, users: Collection[int | str]) -> int:
    content, removed = _without(path.read_bytes(), users)
    if removed:
        write_now(path, content)
    return removed


def _without(content: bytes, users: Collection[int | str]) -> tuple[bytes, int]:
    """Return the lines that are not of these users, and the number of the others."""
    lines = content.splitlines(keepends=True)
    kept = [line for line in lines if _user(line) not in users]
    return b"".join(kept), len(lines) - len(kept)


def _user(line: bytes) -> int | str | None:
    """Return the user of a line; None for what is no line, which the reader reports."""
    try:
        return json.loads(found[1]) if (found := _USER.search(line)) else None
    except ValueError:
        return None


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    file = os.open(path, flags, 0o644)
    try:
        yield file
    finally:
        os.close(file)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock; every opening of the file waits for its own turn, also within one process."""
    with _opened(path, os.O_RDWR | os.O_CREAT) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
