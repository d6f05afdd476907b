"""Tables of events as folders: each user is in one part, so that parts can be worked on apart from each other."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recommender.columns import USER
from recommender.errors import DataError
from recommender.files import AGAIN, parquet_of, read_columns
from recommender.outputs import new_folder, write_now
from recommender.seeds import hash_ids, mix

_COUNT = b"parts"
"""Key in the metadata of each file of several: their number. One part alone has no such key."""
_SEED = 0


def hash_column(ids: "pd.Series[Any]") -> NDArray[np.uint64]:
    """Hash a column of ids, integers or text; see `seeds.hash_ids`."""
    return hash_ids(ids.to_numpy(dtype=np.int64 if pd.api.types.is_integer_dtype(ids) else object))


def part_of(users: "pd.Series[Any]", count: int) -> NDArray[np.int64]:
    """Return the part of each user, 0 to count - 1; the same on every machine."""
    return (mix(hash_column(users), _SEED) % np.uint64(count)).astype(np.int64)


def write_part(frame: pd.DataFrame, folder: Path, at: int, count: int) -> None:
    """Write one part into a folder that `outputs.new_folder` returned; any process may.

    Args:
        frame: the events of the part's users.
        folder: absolute, as workers have other working directories.
        at: number of the part, from 0.
        count: number of parts.
    """
    write_now(folder / _name(at), parquet_of(frame, {_COUNT: str(count).encode()} if count > 1 else None))


def write_events(events: pd.DataFrame, path: Path, count: int = 1) -> None:
    """Write events as a folder of parts, which appears with the files of the open set; see `outputs.as_a_set`.

    Args:
        events: rows stay in their order within a part.
        path: the folder.
        count: number of parts.
    """
    folder, part = new_folder(path), part_of(events[USER], count)
    for at in range(count):
        write_part(events if count == 1 else events[part == at], folder, at, count)


def list_parts(path: Path) -> list[Path]:
    """Return the files of a folder of parts, in order.

    Raises:
        DataError: the folder is missing, is a file, or lacks a part.
    """
    if path.is_file():
        raise DataError(f"{path}: is a file, expected a folder of parts; delete it, then run `dvc repro`")
    found = sorted(path.glob("part-*.parquet"))
    if not found:
        raise DataError(f"{path}: no parts; run `dvc repro` to make them, or `dvc checkout` for the last ones")
    count = _count(found[0])
    expected = [path / _name(at) for at in range(count)]
    if wrong := sorted({*expected} ^ {*found}):
        what = "is missing" if wrong[0] in expected else "is superfluous"
        raise DataError(f"{wrong[0]}: {what}, expected {count} parts; {AGAIN}")
    return expected


def list_together(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Return the files of several folders, those of the same users together.

    Args:
        paths: the folders.

    Returns:
        Absolute paths, for each part one of each folder.

    Raises:
        DataError: as in `list_parts`, or the folders have different numbers of parts.
    """
    found = [[part.absolute() for part in list_parts(path)] for path in paths]
    for path, parts in zip(paths, found, strict=True):
        if len(parts) != len(found[0]):
            raise DataError(f"{path}: has {len(parts)} parts, expected {len(found[0])} as {paths[0]} has; {AGAIN}")
    return [*zip(*found, strict=True)]


def read_events(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read all parts of a folder, with memory for little more than the frame.

    Args:
        path: the folder.
        columns: the columns wanted, in this order; all if None.

    Returns:
        A frame with a fresh range index, whose columns are apart from each other; the rows of part 0 come first.

    Raises:
        DataError: a file is missing, is not Parquet or lacks a column.
    """
    return read_columns(list_parts(path), columns)


def _name(at: int) -> str:
    return f"part-{at:05d}.parquet"


def _count(path: Path) -> int:
    try:
        return int((pq.read_schema(path).metadata or {}).get(_COUNT, b"1"))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: not a whole Parquet file; {AGAIN}") from error
