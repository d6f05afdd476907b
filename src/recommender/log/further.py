"""Further columns, such as the age of a user: what they mean is not known here, so they are numbers or texts alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import USER
from recommender.log.histories import Column, Histories, codes_of

MOST_LEVELS = 255
"""Distinct texts of a column that are told apart: as many as LightGBM tells apart. All others count as one."""

TEXTS = ("user_text_", "item_text_", "request_text_")
"""How the names of features begin that are codes of texts."""

Encoding = dict[str, list[str]]
"""The levels of each column: the texts that stand behind the codes 0, 1 and so on; of a column of numbers, none."""


def encoding_of(table: pd.DataFrame) -> Encoding:
    """Find the levels of each column.

    Args:
        table: columns of numbers or of text, any of which may be missing.

    Returns:
        For each column of text its most frequent values, sorted. The columns are sorted by name, as in the files in
        which they are kept.
    """
    return {name: _levels(table[name]) for name in sorted(map(str, table.columns))}


def _levels(column: "pd.Series[Any]") -> list[str]:
    if pd.api.types.is_numeric_dtype(column):
        return []
    counts = column.dropna().astype(object).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return sorted(counts.index[:MOST_LEVELS].tolist())


def encode(table: pd.DataFrame, encoding: Encoding) -> dict[str, Column]:
    """Write columns as numbers.

    Args:
        table: has the columns of the encoding.
        encoding: what `encoding_of` returned for some table.

    Returns:
        Each column: numbers as they are; texts as the codes of their levels, and the next code for every other text
        if there are as many levels as there may be. NaN where a value is missing, or was never seen.
    """
    return {name: _encoded(table[name], levels) for name, levels in encoding.items()}


def _encoded(column: "pd.Series[Any]", levels: list[str]) -> Column:
    if not levels:
        numbers = pd.to_numeric(column, errors="coerce")
        return Column(numbers.to_numpy(dtype=np.float32, na_value=np.nan), text=False)
    codes = pd.Index(levels, dtype=object).get_indexer(pd.Index(column.astype(object)))
    other = np.where(column.notna() & (len(levels) == MOST_LEVELS), MOST_LEVELS, np.nan)
    return Column(np.where(codes >= 0, codes, other).astype(np.float32), text=True)


def by_id(table: pd.DataFrame, key: str, vocabulary: NDArray[Any]) -> pd.DataFrame:
    """Return the rows of a table in the order of sorted ids, with nothing in the row of an id that it lacks."""
    return table.set_index(key).reindex(vocabulary)


def with_users(histories: Histories, users: pd.DataFrame, encoding: Encoding) -> Histories:
    """Return the same events, with the columns of their users.

    Args:
        histories: the events.
        users: `user_id` and the columns of the encoding.
        encoding: of the columns.
    """
    return replace(histories, user_columns=encode(by_id(users, USER, histories.users), encoding))


def with_events(histories: Histories, parts: Sequence[pd.DataFrame], encoding: Encoding) -> Histories:
    """Return the events of a log with their further columns.

    Args:
        histories: what `build_histories` made of the parts.
        parts: of the log, with the columns of the encoding.
        encoding: of the columns.
    """
    events = pd.concat(parts, ignore_index=True)
    order = np.argsort(codes_of(events[USER].to_numpy(), histories.users), kind="stable")
    columns = {name: column[order] for name, column in encode(events, encoding).items()}
    return replace(histories, event_columns=columns)


def as_matrix(columns: Mapping[str, Column]) -> NDArray[np.float32]:
    """Return the values of columns side by side, float32 (n, n_columns)."""
    return np.stack([column.values for column in columns.values()], axis=1)


def from_matrix(matrix: NDArray[np.float32], encoding: Encoding) -> dict[str, Column]:
    """Return the columns of which `as_matrix` made a matrix."""
    return {name: Column(matrix[:, at], bool(levels)) for at, (name, levels) in enumerate(encoding.items())}


def text_features(names: Sequence[str]) -> tuple[int, ...]:
    """Return which features are codes of texts, the order of which has no meaning."""
    return tuple(at for at, name in enumerate(names) if name.startswith(TEXTS))
