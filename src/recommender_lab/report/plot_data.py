"""Reads the rows behind a plot, from JSON or CSV."""

import csv
import io
from pathlib import Path
from typing import Any

from recommender.errors import DataError
from recommender.files import AGAIN, read_json

Row = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    """Read the rows of one plot.

    Args:
        path: JSON with one list of objects under one name, or CSV with a header; numbers of a CSV come back as such.

    Returns:
        The rows as they stand.

    Raises:
        DataError: the file is missing or not of that form.
    """
    if path.suffix == ".csv":
        return _csv(path)
    values = list(read_json(path).values())
    if len(values) != 1 or not isinstance(values[0], list):
        raise DataError(f"{path}: expected one list of rows under one name; {AGAIN}")
    return values[0]


def _csv(path: Path) -> list[Row]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataError(
            f"{path}: no such file; run `dvc repro` to make it, or `dvc checkout` for the last one"
        ) from error
    rows = list(csv.DictReader(io.StringIO(text)))
    if any(None in row or None in row.values() for row in rows):
        raise DataError(f"{path}: a line has more or fewer cells than the header; {AGAIN}")
    return [{name: _number(cell) for name, cell in row.items()} for row in rows]


def _number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell
