"""Table schemas and the only door to Parquet, npz, CSV and JSON.

The same values give the same bytes: fixed compression and column order, no clock, no host, sorted JSON keys.
"""

import io
import json
import math
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recommender.columns import ITEM, RANK, RATING, SCORE, TIME, USER
from recommender.errors import DataError, one_line
from recommender.outputs import write_bytes

TIME_TYPE = pa.timestamp("us", tz="UTC")
_TYPES = {RATING: pa.float64(), TIME: TIME_TYPE, RANK: pa.int32(), SCORE: pa.float64()}
DECIMALS = 6
AGAIN = "delete it, then run `dvc repro`; if it is damaged again, see docs/experiments.md (a file is damaged)"
_TEXT, _ENDS = ".utf8", ".ends"


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet; see `parquet_of`."""
    write_bytes(path, parquet_of(frame))


def parquet_of(frame: pd.DataFrame, metadata: Mapping[bytes, bytes] | None = None) -> memoryview:
    """Return a table as Parquet: zstd, no index, times in UTC microseconds, ids as int64 or text.

    Args:
        frame: any columns; ratings and scores are stored as float64, ranks as int32.
        metadata: of the file.
    """
    arrays = {str(name): _arrow(frame[name], str(name)) for name in frame.columns}
    table, sink = pa.table(arrays, metadata=metadata), io.BytesIO()
    del arrays
    pq.write_table(table, sink, compression="zstd", row_group_size=1 << 18, write_page_checksum=True)
    return sink.getbuffer()


def _arrow(column: "pd.Series[Any]", name: str) -> pa.Array:
    kind = _TYPES.get(name)
    if kind is None and name in (USER, ITEM):
        kind = pa.int64() if pd.api.types.is_integer_dtype(column) else pa.string()
    return pa.Array.from_pandas(column, type=kind)


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a Parquet table; ids that are text come back as Python strings.

    Args:
        path: the file.
        columns: the columns wanted, in this order; all if None.

    Returns:
        A frame with a fresh range index.

    Raises:
        DataError: the file is missing, is not Parquet or lacks a column.
    """
    try:
        with open(path, "rb") as file:
            return parse_table(file, str(path), columns)
    except OSError as error:
        raise unreadable(path, error) from error


def parse_table(file: BinaryIO, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a Parquet table from an open file, such as one of another revision; see `read_table`.

    Args:
        file: opened in binary mode.
        name: what it is, for messages.
        columns: the columns wanted, in this order; all if None.

    Returns:
        A frame with a fresh range index.

    Raises:
        DataError: the file is not Parquet or lacks a column.
    """
    try:
        table = pq.read_table(file, page_checksum_verification=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _broken(name, "a whole Parquet file", error) from error
    _require(columns or (), table.column_names, name)
    frame: pd.DataFrame = table.select(columns or table.column_names).to_pandas()
    return frame


def read_columns(paths: Sequence[Path], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read Parquet files with the same columns as one frame, with memory for little more than it.

    Raises:
        DataError: a file is missing, is not Parquet or lacks a column.
    """
    names = columns or _opened(paths[0], lambda file: list(file.schema_arrow.names))
    frame = pd.DataFrame({name: _own([_column(path, name) for path in paths]) for name in names}, copy=False)
    pa.default_memory_pool().release_unused()
    return frame


def _column(path: Path, name: str) -> Any:
    # A column of Arrow is given back before the next one is read; Arrow itself would keep the memory.
    return _opened(path, partial(_values, name, str(path)))


def _values(name: str, path: str, file: pq.ParquetFile) -> Any:
    _require([name], file.schema_arrow.names, path)
    return file.read([name]).to_pandas().iloc[:, 0].copy()


def _opened(path: Path, read: Callable[[pq.ParquetFile], Any]) -> Any:
    try:
        with open(path, "rb") as file:
            return read(pq.ParquetFile(file, page_checksum_verification=True))
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _broken(path, "a whole Parquet file", error) from error
    except OSError as error:
        raise unreadable(path, error) from error


def _own(pieces: "list[pd.Series[Any]]") -> Any:
    return (pieces[0] if len(pieces) == 1 else pd.concat(pieces, ignore_index=True)).array


def _require(columns: Sequence[str], found: Sequence[str], name: str) -> None:
    missing = [column for column in columns if column not in found]
    if missing:
        raise DataError(f"{name}: column {missing[0]!r} is missing, found {', '.join(found)}")


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays as npz; see `npz_of`.

    Args:
        path: the target.
        arrays: numeric or boolean arrays, or text arrays (n,).
    """
    write_bytes(path, _npz(arrays).getbuffer())


def npz_of(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return named arrays as an npz file without pickles.

    Text is stored as `NAME.utf8` (all bytes, uint8) and `NAME.ends` (where each text ends, int64): one long text
    costs no more than its own bytes.

    Args:
        arrays: numeric or boolean arrays, or text arrays (n,).
    """
    return _npz(arrays).getvalue()


def _npz(arrays: Mapping[str, NDArray[Any]]) -> io.BytesIO:
    plain: dict[str, NDArray[Any]] = {}
    for name, value in arrays.items():
        if value.dtype.kind in "OU":
            encoded = [str(text).encode() for text in value]
            plain[f"{name}{_TEXT}"] = np.frombuffer(b"".join(encoded), dtype=np.uint8)
            plain[f"{name}{_ENDS}"] = np.cumsum([len(text) for text in encoded], dtype=np.int64)
        else:
            plain[name] = value
    sink = io.BytesIO()
    np.savez(sink, allow_pickle=False, **plain)
    return sink


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read what `write_arrays` wrote; see `parse_arrays`."""
    return parse_arrays(read_bytes(path), str(path))


def parse_arrays(content: bytes, name: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of an npz file; text arrays come back as Python strings.

    Args:
        content: what `npz_of` returned.
        name: the file, for messages.

    Raises:
        DataError: it is not a whole npz file.
    """
    try:
        with np.lib.npyio.NpzFile(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        texts = [key.removesuffix(_TEXT) for key in arrays if key.endswith(_TEXT)]
        return arrays | {key: _texts(arrays.pop(f"{key}{_TEXT}"), arrays.pop(f"{key}{_ENDS}")) for key in texts}
    except (ValueError, EOFError, KeyError, OSError, RuntimeError, zipfile.BadZipFile) as error:
        raise _broken(name, "a whole npz file", error) from error


def _texts(content: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[Any]:
    found = np.empty(len(ends), dtype=object)
    whole, start = content.tobytes(), 0
    for at, end in enumerate(ends.tolist()):
        found[at], start = whole[start:end].decode(), end
    return found


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write nested values as JSON: sorted keys, six decimals; a value that is NaN is left out.

    Args:
        path: the target.
        values: nested mappings of numbers, text, dates as text, lists.
    """
    text = json.dumps(_plain(values), sort_keys=True, indent=2, allow_nan=False)
    write_bytes(path, (text + "\n").encode("ascii"))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items() if not _undefined(inner)}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    return round(value, DECIMALS) if isinstance(value, float) else value


def _undefined(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) and not math.isfinite(value)


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as CSV: six decimals, no index."""
    write_bytes(path, frame.to_csv(index=False, float_format=f"%.{DECIMALS}f", lineterminator="\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        DataError: the file is missing or not JSON.
    """
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:
        raise _broken(path, "valid JSON", error) from error
    return values


def read_text(path: Path) -> str:
    """Read a text file; see `parse_text`."""
    return parse_text(read_bytes(path), str(path))


def parse_text(content: bytes, name: str) -> str:
    """Return bytes as text.

    Args:
        content: text in UTF-8.
        name: the file, for messages.

    Raises:
        DataError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _broken(name, "text in UTF-8", error) from error


def read_bytes(path: Path) -> bytes:
    """Read a file as a whole.

    Raises:
        DataError: the file is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> DataError:
    """Return the error that a file is missing or cannot be read."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return DataError(f"{path}: no such file; run `dvc repro` to make it, or `dvc checkout` for the last one")
    if error.errno is None:
        return DataError(f"{path}: not a whole file ({error}); {AGAIN}")
    return DataError(f"{path}: cannot be read ({error.strerror or error}); correct the path or its permissions")


def _broken(name: Path | str, what: str, error: Exception) -> DataError:
    return DataError(f"{name}: not {what} ({one_line(error)}); {AGAIN}")
