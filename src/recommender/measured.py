"""What a stage measured: its headline for `dvc metrics`, all of it as the rows of a table.

`dvc metrics diff` and `dvc exp show` list every number of a metrics file, so metrics/NAME.json holds only what people
compare. metrics/details/NAME.csv has a row for each value; its name is the path of the value, joined with dots.
"""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pandas as pd

from recommender.errors import DataError
from recommender.files import AGAIN, DECIMALS, read_text, write_csv, write_json

_COLUMNS = ("name", "value")
Leaf = int | float | str | dict[str, Any]  # a mapping only if nothing is in it


def write_measured(name: str, found: Mapping[str, Any], headline: Sequence[str]) -> None:
    """Write metrics/NAME.json and metrics/details/NAME.csv.

    Args:
        name: of the stage.
        found: nested mappings of numbers and text; a number that is not finite is left out.
        headline: names of the metrics, see `pick`.
    """
    write_csv(Path(f"metrics/details/{name}.csv"), pd.DataFrame(_flat(found), columns=list(_COLUMNS), dtype=object))
    write_json(Path(f"metrics/{name}.json"), pick(found, headline))


def pick(found: Mapping[str, Any], headline: Sequence[str]) -> dict[str, Any]:
    """Keep the values with the given names.

    Args:
        found: nested mappings of numbers and text.
        headline: paths joined with dots; `*` stands for any text.

    Returns:
        The same nesting, without what was not named.
    """
    return _nested(row for row in _flat(found) if any(fnmatchcase(row[0], pattern) for pattern in headline))


def read_details(path: Path) -> dict[str, Any]:
    """Read what `write_measured` wrote to metrics/details/.

    Raises:
        DataError: the file is missing or not such a table.
    """
    return parse_details(read_text(path), str(path))


def parse_details(text: str, name: str) -> dict[str, Any]:
    """Return the nested values of a table of details.

    Args:
        text: the content of the file.
        name: what it is, for messages.

    Raises:
        DataError: it is not such a table.
    """
    header, *rows = [*csv.reader(io.StringIO(text))] or [[]]
    if tuple(header) != _COLUMNS or any(len(row) != len(_COLUMNS) for row in rows):
        raise DataError(f"{name}: expected rows of {','.join(_COLUMNS)}; {AGAIN}")
    return _nested((path, _leaf(cell)) for path, cell in rows)


def _flat(found: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Leaf]]:
    for key, value in sorted(found.items()):
        if isinstance(value, Mapping):
            yield from list(_flat(value, f"{above}{key}.")) or [(f"{above}{key}", {})]
        elif isinstance(value, str) or math.isfinite(value):
            yield f"{above}{key}", round(value, DECIMALS) if isinstance(value, float) else value


def _nested(rows: Iterable[tuple[str, Leaf]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in rows:
        *folders, key = path.split(".")
        inner = found
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[key] = value
    return found


def _leaf(cell: str) -> Leaf:
    if cell == "{}":
        return {}
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell
