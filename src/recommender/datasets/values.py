"""Converts raw columns to ids and numbers. What cannot be read becomes missing; `events` reports it.

Work is done on whole columns, or else once per distinct value; never once per row.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.types as kinds
from numpy.typing import NDArray

from recommender.datasets.raw_tables import RawTable
from recommender.errors import DataError

# What pandas, R, SQL, JavaScript, C and spreadsheets write where there is no value, in any case.
_NO_ID = {
    *("", "nan", "-nan", "nat", "null", "none", "nil", "na", "n/a", r"\n", "undefined", "1.#ind", "-1.#ind", "1.#qnan"),
    *("<na>", "<null>", "<none>", "<nan>", "(null)", "(none)", "(blank)", "[null]", "#n/a", "#n/a n/a", "#na"),
    *("#ref!", "#value!", "#name?", "#div/0!", "#num!", "#null!"),
}
_LONGEST_ID = 20
_DIGITS = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Ids:
    """Ids as text: `texts[codes[row]]`. Code -1, blank texts, `NULL` and the like, and texts with a NUL are missing."""

    codes: NDArray[np.int32]
    texts: list[str]

    def present(self) -> NDArray[np.bool_]:
        """Return for each row whether it has an id."""
        known = np.array([text.strip().lower() not in _NO_ID and "\0" not in text for text in self.texts] + [False])
        return known[self.codes]

    def whole(self) -> NDArray[np.bool_]:
        """Return for each row whether its id is not a float: false for `2.0` where every id is a number."""
        numbers = all(_DECIMAL.fullmatch(text) for text in self.texts)
        whole = np.array([not numbers or bool(_DIGITS.fullmatch(text)) for text in self.texts] + [True])
        return whole[self.codes]

    def integral(self) -> bool:
        """Return whether every id is a plain integer: `7` and `-7`, not `007`, `+7`, `7.0` or ` 7`."""
        return all(_is_integer(text) for text in self.texts)

    def values(self, integral: bool) -> "pd.Series[Any]":
        """Return one id per row, int64 or text; every row must have one."""
        if integral:
            return pd.Series(np.array([int(text) for text in self.texts], dtype=np.int64)[self.codes])
        return pd.Series(pd.array(self.texts).take(self.codes)).astype("str")


def _is_integer(text: str) -> bool:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(text) <= _LONGEST_ID):
        return False
    return str(int(text)) == text and -(2**63) <= int(text) < 2**63


def read_ids(table: RawTable, name: str) -> Ids:
    """Read a column as ids.

    Args:
        table: the table as written in its file.
        name: a column of text or integers.

    Returns:
        One code per row.

    Raises:
        DataError: the column holds something else, such as floats or dates.
    """
    column = table.columns[name]
    if not (is_text(column) or kinds.is_integer(kind_of(column))):
        raise DataError(f"{table.file}: column {name!r} holds {column.type}, expected integers or text; convert it")
    codes, values = distinct(column)
    return Ids(codes, [str(value) for value in values])


def is_text(column: pa.ChunkedArray) -> bool:
    """Return whether a column holds text, dictionary-encoded or not."""
    kind = kind_of(column)
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def kind_of(column: pa.ChunkedArray) -> pa.DataType:
    """Return the type of the values of a column, dictionary-encoded or not."""
    return column.type.value_type if kinds.is_dictionary(column.type) else column.type


def read_numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Read a column as numbers.

    Args:
        column: numbers or text.

    Returns:
        float64, one per row; NaN where there is no number, infinity where the file has it.
    """
    whole = cast_whole(column, pa.float64())
    if whole is not None:
        numbers: NDArray[np.float64] = whole.to_numpy().astype(np.float64, copy=False)
        return numbers
    if not is_text(column):
        return np.full(len(column), np.nan)
    codes, values = distinct(column)
    return np.array([number_in(value) for value in values] + [np.nan], dtype=np.float64)[codes]


def number_in(text: str | None) -> float:
    """Read a text as a number, NaN if it is not one."""
    try:
        return float(text) if text and text.isascii() and "_" not in text else np.nan
    except ValueError:
        return np.nan


def cast_whole(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """Convert a whole column at once, None if a value cannot be: most files are clean, and this is 20 times faster."""
    try:
        return column.cast(kind, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def distinct(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], list[Any]]:
    """Return a code per row, -1 where the file has nothing, and the distinct values; an unused category is none."""
    # Chunk by chunk, so that the values are never there once per row of the whole column.
    chunks = [chunk.cast(kind_of(column)).dictionary_encode() for chunk in column.chunks]
    whole = pa.chunked_array(chunks, pa.dictionary(pa.int32(), kind_of(column))).unify_dictionaries().combine_chunks()
    return whole.indices.fill_null(-1).to_numpy(), whole.dictionary.to_pylist()
