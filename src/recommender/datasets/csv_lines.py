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
    return header


def line_of(content: bytes, row: int, dialect: Dialect) -> int:
    """Return the line (from 1) on which a row (from 0, the header counts) begins; blank lines are no rows."""
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
        uneven, width = _uneven(content, dialect)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return DataError(f"{file}, line {line}: byte {content[error.start]:#04x} is not UTF-8; save the file as UTF-8")
    except csv.Error as error:
        reason, uneven, width = str(error), [], 0
    if not uneven:
        return DataError(f"{file}: not valid CSV ({reason}); look for a quote that is not closed")
    line, fields = uneven[0]
    return DataError(
        f"{file}, line {line}: found {fields} fields, expected {width}; "
        f"{how_many(len(uneven))}; put quotes around a value with {dialect.delimiter!r} in it"
    )


def check_quotes(content: bytes, file: str, rows: int) -> None:
    """Refuse a quote that swallows lines: the fast parser takes all up to the next quote, or the end, as one value.

    Args:
        content: a CSV file with commas and a header.
        file: its name, for the message.
        rows: how many rows the parser found.

    Raises:
        DataError: a quote is not closed, or text follows a closing quote.
    """
    lines = max(content.count(b"\n"), content.count(b"\r")) + (not content.endswith((b"\n", b"\r")))
    if b'"' not in content or lines <= rows + 1:
        return
    reader = csv.reader(_text(content, "replace"), strict=True)
    begin = 1
    try:
        for _ in reader:
            begin = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{file}, line {begin}: not valid CSV ({error}); close the quote that begins there, or double it"
        ) from error


def how_many(count: int) -> str:
    """Say how many rows share a fault."""
    return "the only such row" if count == 1 else f"the first of {count:,} such rows"


def _uneven(content: bytes, dialect: Dialect) -> tuple[list[tuple[int, int]], int]:
    """Return line and number of fields of each row that has too many or too few; and how many it should have."""
    sizes = [(line, len(row)) for line, row in _rows(content, dialect)]
    width = dialect.width or sizes[0][1]
    return [(line, size) for line, size in sizes if size != width], width


def _rows(content: bytes, dialect: Dialect, errors: str = "replace") -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each row that is not blank begins, and its fields."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quotes else csv.QUOTE_NONE
    reader = csv.reader(_text(content, errors), delimiter=dialect.delimiter, quoting=quoting)
    line = 1
    for row in reader:
        if row:
            yield line, row
        line = reader.line_num + 1


def _text(content: bytes, errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", errors, newline="")
