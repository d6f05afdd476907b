"""Finds quotes that swallow rows of a CSV file: the parser takes all up to the next quote, or the end, as one value."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from recommender.datasets.csv_lines import text_of
from recommender.errors import DataError

_BLOCK = 16 << 20
_SAMPLE = 1000
_FEW_SHAPES = 3
_DIGITS, _LETTERS = re.compile(r"[0-9]+"), re.compile(r"[^\W\d_]+")


@dataclass
class _Rows:
    """What the rows on one line look like, by column: the shapes of the values, and whether one begins with a space."""

    width: int
    seen: int = 0
    shapes: list[set[str]] = field(default_factory=list)
    spaced: list[bool] = field(default_factory=list)

    def add(self, row: Sequence[str]) -> None:
        """Look at one more row, if it is among the first."""
        if self.seen == _SAMPLE or len(row) != self.width:
            return
        if not self.seen:
            self.shapes, self.spaced = [set() for _ in row], [False] * self.width
        self.seen += 1
        for column, value in enumerate(row):
            self.shapes[column].add(_shape(value))
            self.spaced[column] |= value.startswith(" ")

    def regular(self) -> list[int]:
        """Return the columns whose values have few shapes, each with a digit: numbers, times, most ids."""
        few = [column for column, shapes in enumerate(self.shapes) if len(shapes - {""}) <= _FEW_SHAPES]
        return [column for column in few if all("9" in shape for shape in self.shapes[column] - {""})]

    def like(self, row: Sequence[str]) -> bool:
        """Return whether fields may be a row: as many, no space where no row has one, the shapes of regular columns."""
        if not self.seen or len(row) != self.width:
            return False
        spaces = any(value.startswith(" ") and not spaced for value, spaced in zip(row, self.spaced, strict=True))
        return not spaces and all(_shape(row[column]) in self.shapes[column] for column in self.regular())


def check_quotes(stream: BinaryIO, file: str, rows: int) -> int:
    """Refuse a quote that swallows lines.

    Args:
        stream: a CSV file with commas and a header, opened in binary mode.
        file: its name, for the message.
        rows: how many rows the parser found.

    Returns:
        How many rows span several lines.

    Raises:
        DataError: a quote is not closed, or text follows a closing quote; or lines inside one value look like rows, as
            after two stray quotes.
    """
    if not _may_swallow(stream, rows):
        return 0
    stream.seek(0)
    content = stream.read()
    known, long = _Rows(0), []
    for begin, row, taken in _rows(content, file):
        if not row:  # a blank line
            continue
        header = not known.width
        known.width = known.width or len(row)
        if len(taken) > 1:
            long.append((begin, row, taken))
        elif not header:
            known.add(row)
    for begin, row, taken in long:
        line = _swallowed(row, taken, known)
        if line is not None:
            raise DataError(
                f"{file}, line {begin}: a quoted value goes on to line {begin + len(taken) - 1}, and line "
                f"{begin + line} looks like a row; take away the stray quotes, or the line breaks inside the value"
            )
    return len(long)


def _may_swallow(stream: BinaryIO, rows: int) -> bool:
    """Return whether a file has quotes, and more lines than rows; looks at one block of it at a time."""
    quotes, feeds, returns, end = 0, 0, 0, b""
    stream.seek(0)
    for block in iter(lambda: stream.read(_BLOCK), b""):
        quotes, feeds, returns = (
            total + block.count(sign) for total, sign in ((quotes, b'"'), (feeds, b"\n"), (returns, b"\r"))
        )
        end = block
    return quotes > 0 and max(feeds, returns) + (not end.endswith((b"\n", b"\r"))) > rows + 1


def _rows(content: bytes, file: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Yield each row with the line on which it begins and the lines that the parser takes for it."""
    begin, taken = 1, list[str]()

    def noting() -> Iterator[str]:
        """Note each line that the parser takes."""
        for line in text_of(content, "replace"):
            taken.append(line.rstrip("\r\n"))
            yield line

    try:
        for row in csv.reader(noting(), strict=True):
            yield begin, row, taken.copy()
            begin += len(taken)
            taken.clear()
    except csv.Error as error:
        raise DataError(
            f"{file}, line {begin}: not valid CSV ({error}); close the quote that begins there, or double it"
        ) from error


def _swallowed(row: Sequence[str], lines: Sequence[str], known: _Rows) -> int | None:
    """Return which line (from 0) of a long row looks like a row of its own.

    One such line is enough where a regular column tells: on the first line one from the long value on, on the last line
    one up to it, as the other columns are right in any case. Where none can tell, all lines must look like rows.
    """
    if not known.seen:
        return 0 if all(line.count(",") == known.width - 1 for line in lines) else None
    at, last = next(column for column, value in enumerate(row) if "\n" in value or "\r" in value), len(lines) - 1
    like = [number for number, line in enumerate(lines) if known.like(_fields(line, number == 0, number == last))]
    if not (regular := known.regular()):
        return 0 if len(like) == len(lines) else None
    telling = {0: [column for column in regular if column >= at], last: [column for column in regular if column <= at]}
    return next((number for number in like if telling.get(number, regular)), None)


def _fields(line: str, first: bool, last: bool) -> list[str]:
    """Return the fields of a line without the quote that opens the long value on it, or closes it."""
    quotes = line.replace('""', "  ")
    quote = quotes.rfind('"') if first else quotes.find('"') if last else -1
    return next(csv.reader([line if quote < 0 else line[:quote] + line[quote + 1 :]]), [])


def _shape(value: str) -> str:
    """Return a value with one 9 for each number and one a for each word: `tt0111161` is `a9`, `1995-01-01` `9-9-9`."""
    return _LETTERS.sub("a", _DIGITS.sub("9", value))
