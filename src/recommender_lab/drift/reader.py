"""Reads request logs: of the pipeline or of live calls, one file or a folder of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from recommender.errors import DataError
from recommender.params import expectation
from recommender.request_log.lines import START, Line

SHOWN = 40
"""Bytes of a line that a message quotes."""


def log_files(place: Path) -> list[Path]:
    """Return the files of a log in the order in which they were written.

    Args:
        place: a file, or a folder with `*.jsonl` files.

    Raises:
        DataError: there is no such file or folder, or no `*.jsonl` file in it.
    """
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise DataError(f"{place}: no such file or folder; expected a request log")
    if not (found := sorted(place.glob("*.jsonl"))):
        raise DataError(f"{place}: no *.jsonl file in this folder; expected a request log")
    return found


class LogReader:
    """Iterates over the complete lines of a log, one file after the other, and counts the incomplete ones.

    Attributes:
        torn: lines cut off by a kill, among those passed so far.
        whole: complete lines passed so far.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self.torn = 0
        self.whole = 0

    def __iter__(self) -> Iterator[Line]:
        """Yield each complete line.

        Raises:
            DataError: a file cannot be read, a line is not one of a request log, or there is no complete line.
        """
        for path in self._files:
            yield from self._lines(path)
        if not self.whole:
            torn = f"only {self.torn} incomplete line(s)" if self.torn else "no line"
            raise DataError(
                f"{', '.join(map(str, self._files))}: {torn}; expected a request log with at least one request"
            )

    def _lines(self, path: Path) -> Iterator[Line]:
        try:
            with open(path, "rb") as file:
                for number, raw in enumerate(file, 1):
                    line = self._parsed(raw, f"{path}: line {number}") if raw.strip() else None
                    if line is not None:
                        yield line
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); expected a request log") from error

    def _parsed(self, raw: bytes, where: str) -> Line | None:
        """Return the line, or None where it is incomplete."""
        try:
            line = Line.model_validate_json(raw)
        except ValidationError as error:
            first = error.errors()[0]
            if first["type"] != "json_invalid":
                place = ": ".join([where, *filter(None, [".".join(map(str, first["loc"]))])])
                raise DataError(f"{place}: {expectation(dict(first))}; not a line of a request log") from error
            kept = raw.rstrip(b"\n")
            if kept[: len(START)] != START[: len(kept)]:
                found = kept[:SHOWN].decode("utf-8", "replace")
                raise DataError(f"{where}: not JSON, found {found!r}; expected a line of a request log") from error
            self.torn += 1
            return None
        self.whole += 1
        return line
