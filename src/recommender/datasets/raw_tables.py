"""Reads CSV and Parquet without type inference: text stays text, and every row can be found again in its file."""

import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pyarrow.types as kinds

from recommender.datasets.csv_lines import COMMAS, Dialect, explain, first_row, line_of
from recommender.datasets.stray_quotes import check_quotes
from recommender.errors import DataError, one_line

_BLOCK = 16 << 20
_START = 1 << 20
_SHOWN = 80
_HEADER = 400


@dataclass(frozen=True)
class RawTable:
    """Columns as they stand in a file, by their names there; `place` says where a row (from 0) is.

    `long_rows` of them span several lines.
    """

    file: str
    columns: Mapping[str, pa.ChunkedArray]
    place: Callable[[int], str]
    long_rows: int = 0

    def found(self, column: str, row: int) -> str:
        """Show one value of the file, shortened if it is long."""
        shown = repr(_values(self.columns[column].slice(row, 1))[0])
        return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"

    def texts(self, column: str) -> list[str | None]:
        """Return a column as text, None where the file has nothing.

        Raises:
            DataError: the column holds lists or the like.
        """
        if kinds.is_nested(self.columns[column].type):
            raise DataError(
                f"{self.file}: column {column!r} holds {self.columns[column].type}, expected text; convert it"
            )
        return [None if value is None else str(value) for value in _values(self.columns[column])]


def _values(column: pa.ChunkedArray) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):  # a moment that Python has no date for
        values = column.cast(pa.string()).to_pylist()
    return values


def read_user_table(path: Path, columns: Sequence[str], key: str, ids: Collection[str] = ()) -> RawTable:
    """Read some columns of a user's CSV (UTF-8, commas, a header) or Parquet file.

    Args:
        path: the file; its suffix says which kind it is.
        columns: the names of the columns wanted.
        key: the parameter that named the file, for messages.
        ids: those of the columns that repeat few values; from a CSV they are read as a dictionary.

    Returns:
        At least one row. Columns of a CSV are all text.

    Raises:
        DataError: not that kind of file, no rows, a column that is missing or doubled, a line with too many or too few
            fields.
    """
    read = _read_parquet if path.suffix == ".parquet" else _read_csv
    return read(path, f"{path} (copy of {key})", list(dict.fromkeys(columns)), ids)


def read_delimited(path: Path, columns: Sequence[str], separator: str) -> RawTable:
    """Read a file of MovieLens: Latin-1, no header, no quotes.

    Args:
        path: the file.
        columns: the names of all its fields, in order.
        separator: one character or `::`.

    Returns:
        At least one row, every column text.

    Raises:
        DataError: the file cannot be read or a line has too many or too few fields.
    """
    content = _read_bytes(path).decode("latin-1").replace("::", "\t").encode("utf-8")
    dialect = Dialect("\t" if separator == "::" else separator, quotes=False, width=len(columns))
    table = _parse(io.BytesIO(content), lambda: content, str(path), dialect, columns)
    return RawTable(str(path), table, lambda row: f"{path}, line {line_of(content, row, dialect)}")


def _read_bytes(path: Path) -> bytes:
    with _open(path) as file:
        return file.read()


def _open(path: Path) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); run `dvc repro` to make it") from error


def _read_csv(path: Path, file: str, columns: Sequence[str], ids: Collection[str]) -> RawTable:
    header = first_row(_head(path), file)
    _check_commas(header, columns, file)
    _check_columns(header, columns, file)
    with _open(path) as stream:
        table = _parse(stream, lambda: _read_bytes(path), file, COMMAS, columns, ids)
        long_rows = check_quotes(stream, file, len(table[columns[0]]))
    return RawTable(file, table, lambda row: f"{file}, line {line_of(_read_bytes(path), row + 1, COMMAS)}", long_rows)


def _head(path: Path) -> bytes:
    """Return the first lines of a file; all of it if there are no lines."""
    with _open(path) as stream:
        start = stream.read(_START)
        end = start.rfind(b"\n") + 1 if len(start) == _START else len(start)
        return start[:end] if end else start + stream.read()


def _parse(
    stream: BinaryIO,
    whole: Callable[[], bytes],
    file: str,
    dialect: Dialect,
    columns: Sequence[str],
    ids: Collection[str] = (),
) -> dict[str, pa.ChunkedArray]:
    """Parse a file as it is read; only to say where it broke, all of it is needed."""
    header = dialect.width is None
    reading = pa_csv.ReadOptions(block_size=_BLOCK, column_names=None if header else columns)
    parsing = pa_csv.ParseOptions(
        delimiter=dialect.delimiter, quote_char='"' if dialect.quotes else False, newlines_in_values=dialect.quotes
    )
    texts = {name: pa.dictionary(pa.int32(), pa.string()) if name in ids else pa.string() for name in columns}
    converting = pa_csv.ConvertOptions(include_columns=columns, column_types=texts)
    try:
        return _filled(pa_csv.read_csv(stream, reading, parsing, converting), file)
    except pa.ArrowInvalid as error:
        raise explain(whole(), file, dialect, str(error).splitlines()[0]) from error


def _read_parquet(path: Path, file: str, columns: Sequence[str], _: Collection[str]) -> RawTable:
    try:
        with _open(path) as stream:
            parquet = pq.ParquetFile(stream, page_checksum_verification=True)
            _check_columns(parquet.schema_arrow.names, columns, file)
            table = _filled(parquet.read(columns=columns), file)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: not a whole Parquet file ({one_line(error)}); export it again") from error
    decoded = {name: _decoded(column, file, name) for name, column in table.items()}
    return RawTable(file, decoded, lambda row: f"{file}, row {row + 1}")


def _decoded(column: pa.ChunkedArray, file: str, name: str) -> pa.ChunkedArray:
    """Return binary columns as text, and refuse text that is not UTF-8."""
    try:
        text = column.cast(_with_text(column.type))
        text.validate(full=True)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise DataError(
            f"{file}: column {name!r} holds {column.type} that is not text in UTF-8 ({one_line(error)}); "
            "export it as UTF-8"
        ) from error
    return text


def _with_text(kind: pa.DataType) -> pa.DataType:
    """Return a type with text where it has binary values, also inside lists and dictionaries."""
    if kinds.is_dictionary(kind):
        return pa.dictionary(kind.index_type, _with_text(kind.value_type), kind.ordered)
    if kinds.is_list(kind) or kinds.is_large_list(kind):
        return pa.list_(_with_text(kind.value_type))
    binary = (kinds.is_binary, kinds.is_large_binary, kinds.is_fixed_size_binary, kinds.is_binary_view)
    return pa.large_string() if any(test(kind) for test in binary) else kind


def _check_commas(header: Sequence[str], columns: Sequence[str], file: str) -> None:
    """Tell a file with other separators from one that lacks columns."""
    for other in (";", "\t", "|"):
        names = {name.strip('" ') for name in header[0].split(other)}
        if len(header) == 1 < len(names) and names.issuperset(columns):
            raise DataError(f"{file}: found {other!r} between the columns, expected ','; export it with commas")


def _check_columns(header: Sequence[str], columns: Sequence[str], file: str) -> None:
    shown = ", ".join(map(repr, header)) or "none"
    shown = shown if len(shown) <= _HEADER else f"{shown[:_HEADER]}…"
    for name in columns:
        if name not in header:
            raise DataError(
                f"{file}: column {name!r} is missing, found {shown}; name the columns in section dataset of params.yaml"
            )
        if list(header).count(name) > 1:
            raise DataError(f"{file}: column {name!r} is there more than once, found {shown}; rename one of them")


def _filled(table: pa.Table, file: str) -> dict[str, pa.ChunkedArray]:
    if not table.num_rows:
        raise DataError(f"{file}: holds no rows, expected at least one after the header")
    return {name: table[name] for name in table.column_names}
