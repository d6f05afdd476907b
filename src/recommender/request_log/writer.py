"""The log of live calls: whole lines only, from any number of processes and threads, rotated by size.

A line is one `write` to a file opened for appending, under a lock that the system gives back when its holder is killed.
A kill within the write can still leave a part of a line: the next writer sees that the file does not end with a newline
and begins a new line, and the reader counts the part and goes on.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.errors import DataError

NAME = "requests.jsonl"
LOCK = ".requests.lock"
MAX_BYTES = 16 * 1024 * 1024


class RequestLog:
    """A folder with `requests.jsonl`, which grows, and `requests-000001.jsonl` and so on, which are full.

    Rotation never deletes: full files may be moved away or deleted at any time.
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
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with _locked(self._folder / LOCK):
                self._write(line)
        except OSError as error:
            raise DataError(
                f"{self._folder}: the request log cannot be written ({error.strerror}); "
                "correct that, name another folder, or call without a log"
            ) from error

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

    def _next_name(self) -> Path:
        numbers = [int(path.stem[9:]) for path in self._folder.glob("requests-[0-9]*.jsonl") if path.stem[9:].isdigit()]
        return self._folder / f"requests-{max(numbers, default=0) + 1:06d}.jsonl"


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
