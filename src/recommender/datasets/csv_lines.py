"""Finds lines in a CSV file: the fast parser knows neither the line of a row nor where a file broke."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from recommender.errors import DataError


@dataclass(frozen=True)
class Dialect:
    """How rows are written: what stands between fields, whether quotes mean anything, how many fields a row has.

    A width of None means that the first row is a header, which says it.
    """

    delimiter: str
    quotes: bool
    width: int | None


COMMAS = Dialect(",", quotes=True, width=None)
_OTHERS = {b"\x1f\x8b": "compressed (gzip)", b"PK\x03\x04": "an archive (zip) or a workbook", b"PAR1": "Parquet"}
_JSON = (b"{", b"[{", b"[[")
csv.field_size_limit((1 << 31) - 1)  # the fast parser knows no limit; Python's 128 KiB would break a valid file


def first_row(content: bytes, file: str) -> list[str]:
    """Return the fields of the header.

    Args:
        content: a CSV file with commas.
        file: its name, for messages.

    Returns:
        The names of the columns.

    Raises:
        DataError: it is not text in UTF-8, or has no header.
    """
    try:
        header = next((row for _, row in _rows(content, COMMAS, "strict")), None)
    except (UnicodeDecodeError, csv.Error) as error:
        raise explain(content, file, COMMAS, str(error)) from error
    if header is None:
        raise DataError(f"{file}: is empty, expected a header and at least one row")
    if b"".join(content[:80].split()).startswith(_JSON):
        raise DataError(f"{file}: is JSON, expected CSV: a header, and a row per line with commas; convert it")
    return header


def line_of(content: bytes, row: int, dialect: Dialect) -> int:
    """Return the line (from 1) on which a row (from 0, the header counts) begins; blank lines are not rows."""
    return next(islice(_rows(content, dialect), row, None))[0]


def explain(content: bytes, file: str, dialect: Dialect, reason: str) -> DataError:
    """Say where a file broke.

    Args:
        content: the file that the parser refused.
        file: its name, for the message.
        dialect: how it should be written.
        reason: what the parser said.

    Returns:
        An error that names the first line with a byte that is not UTF-8, or else with too many or too few fields.
    """
    for start, kind in _OTHERS.items():
        if content.startswith(start):
            return DataError(f"{file}: is {kind}, expected CSV as plain text; unpack it, or name it by what it is")
    try:
        content.decode("utf-8")
        sizes = [(line, row) for line, row in _rows(content, dialect)]
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return DataError(f"{file}, line {line}: byte {content[error.start]:#04x} is not UTF-8; save the file as UTF-8")
    except csv.Error as error:
        reason, sizes = str(error), []
    width = dialect.width or (len(sizes[0][1]) if sizes else 0)
    uneven = [(line, row) for line, row in sizes if len(row) != width]
    if not uneven:
        return DataError(f"{file}: not valid CSV ({reason}); look for a quote that is not closed")
    (line, row), header = uneven[0], sizes[0][1]
    found = f"{file}, line {line}: found {len(row)} fields, expected {width}; {how_many(len(uneven))}"
    return DataError(f"{found}; {_advice(row, header, width, dialect.delimiter)}")


def _advice(row: list[str], header: list[str], width: int, delimiter: str) -> str:
    """Say what to do about a row with too many or too few fields."""
    if any("\n" in field or "\r" in field for field in row):
        return "take away the stray quote with which a value goes on to other lines"
    if len(row) > width and not any(row[width:]):
        return f"take away each {delimiter!r} at the end of the line"
    if len(row) > width:
        return f"put quotes around a value with {delimiter!r} in it"
    if len(row) == width - 1 and not header[-1]:
        return f"take away the {delimiter!r} at the end of the header"
    return "add what is missing; the last line of a file may be cut"


def how_many(count: int) -> str:
    """Say how many rows share a fault."""
    return "the only such row" if count == 1 else f"the first of {count:,} such rows"


def _rows(content: bytes, dialect: Dialect, errors: str = "replace") -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each row that is not blank begins, and its fields."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quotes else csv.QUOTE_NONE
    reader = csv.reader(text_of(content, errors), delimiter=dialect.delimiter, quoting=quoting)
    line = 1
    for row in reader:
        if row:
            yield line, row
        line = reader.line_num + 1


def text_of(content: bytes, errors: str) -> io.TextIOWrapper:
    """Return a file as text with its line ends; a byte order mark is no part of it."""
    return io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", errors, newline="")
