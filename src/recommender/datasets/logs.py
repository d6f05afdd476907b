"""One log as three tables, wherever it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import GENRE_PREFIX, ITEM, RELEASE_DATE, TITLE, USER


@dataclass(frozen=True)
class Log:
    """`interactions` (user_id, item_id, rating, timestamp) in the order of the file, `items` and `users` by id."""

    interactions: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame


def items_table(
    ids: "pd.Series[Any]", titles: Sequence[str | None], dates: Sequence[str | None], genres: Sequence[Sequence[str]]
) -> pd.DataFrame:
    """Build the table of items.

    Args:
        ids: one id per item.
        titles: one per item; None takes the id.
        dates: ISO dates, None where unknown.
        genres: the genres of each item.

    Returns:
        item_id, title, release_date and one uint8 column `genre_*` per genre, sorted by item_id.
    """
    named = [title if title else str(key) for title, key in zip(titles, ids, strict=True)]
    columns = {ITEM: ids, TITLE: pd.array(named, "str"), RELEASE_DATE: pd.array(list(dates), "str")}
    flags = pd.DataFrame(columns | multi_hot(genres))
    return flags.sort_values(ITEM, kind="stable", ignore_index=True)


def multi_hot(genres: Sequence[Sequence[str]]) -> dict[str, NDArray[np.uint8]]:
    """Build one flag per genre, in the order of their names.

    Args:
        genres: the genres of each item.

    Returns:
        One array of 0 and 1 (items,) per column name.
    """
    flags = {name: np.zeros(len(genres), dtype=np.uint8) for name in sorted({name for some in genres for name in some})}
    for row, some in enumerate(genres):
        for name in some:
            flags[name][row] = 1
    return {f"{GENRE_PREFIX}{name}": flag for name, flag in flags.items()}


def complete(log: Log) -> Log:
    """Give every item of the log a row, and leave out users without events.

    Args:
        log: items may lack ids that the events have; users may have too many.

    Returns:
        The same events; items and users match them and are sorted by id.
    """
    met = log.interactions[ITEM].drop_duplicates()
    unknown = met[~met.isin(log.items[ITEM])].reset_index(drop=True)
    known = {ITEM: unknown, TITLE: unknown.astype("str"), RELEASE_DATE: pd.array([None] * len(unknown), "str")}
    none = np.zeros(len(unknown), dtype=np.uint8)
    genres = {name: none for name in log.items.columns if name.startswith(GENRE_PREFIX)}
    items = pd.concat([log.items, pd.DataFrame(known | genres)], ignore_index=True)
    users = log.users[log.users[USER].isin(log.interactions[USER].unique())]
    items, users = (table.sort_values(key, ignore_index=True) for table, key in ((items, ITEM), (users, USER)))
    return Log(log.interactions, items, users)
