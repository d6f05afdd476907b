"""Reads the further columns of a user's own tables: what is a number, and what is a text, is said in params.yaml."""

import numpy as np
import pandas as pd

from recommender.datasets.events import LARGEST, check
from recommender.datasets.raw_tables import RawTable
from recommender.datasets.settings import Further
from recommender.datasets.values import is_text, read_numbers


def read_further(table: RawTable, columns: Further) -> pd.DataFrame:
    """Read the further columns of a table.

    Args:
        table: as written in its file.
        columns: the names of the columns, under which they stay.

    Returns:
        float64 for numbers, text without spaces around it for texts; missing where the file has nothing or only spaces.

    Raises:
        DataError: a number cannot be read; names the line.
    """
    found: dict[str, object] = {}
    for name in columns.numbers:
        values = read_numbers(table.columns[name])
        empty = np.array([not text.strip() for text in _texts(table, name)]) if is_text(table.columns[name]) else True
        valid = (np.abs(values) <= LARGEST) | (np.isnan(values) & empty)
        check(table, {name: name}, [(name, valid, f"nothing, or a finite number, at most {LARGEST:g}")])
        found[name] = values
    for name in columns.texts:
        found[name] = pd.array([text.strip() or None for text in _texts(table, name)], "str")
    return pd.DataFrame(found, index=range(len(next(iter(table.columns.values())))))


def _texts(table: RawTable, name: str) -> list[str]:
    return [text or "" for text in table.texts(name)]
