"""The three prepared tables of a log, and the numbers that describe them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from recommender.columns import GENRE_PREFIX, ITEM, RELEASE_DATE, TIME, TITLE, USER


@dataclass(frozen=True)
class Log:
    """`interactions` (user_id, item_id, rating, timestamp) in the order of the file, `items` and `users` by id.

    `counted` has what was unusual in the files, by the name of its metric.
    """

    interactions: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame
    counted: Mapping[str, int] = field(default_factory=dict)


def items_table(
    ids: "pd.Series[Any]",
    titles: Sequence[str | None],
    dates: Sequence[str | None],
    genres: Sequence[Sequence[str]],
    further: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Build the table of items.

    Args:
        ids: one id per item.
        titles: one per item; None uses the id.
        dates: ISO dates, None where unknown.
        genres: the genres of each item.
        further: further columns, a row per item.

    Returns:
        item_id, title, release_date, one uint8 column `genre_*` per genre and the further columns, sorted by item_id.
    """
    named = [title if title else str(key) for title, key in zip(titles, ids, strict=True)]
    columns = {ITEM: ids, TITLE: pd.array(named, "str"), RELEASE_DATE: pd.array(list(dates), "str")}
    flags = {name: np.zeros(len(genres), dtype=np.uint8) for name in sorted({name for some in genres for name in some})}
    for row, some in enumerate(genres):
        for name in some:
            flags[name][row] = 1
    items = pd.DataFrame(columns | {f"{GENRE_PREFIX}{name}": flag for name, flag in flags.items()})
    items = items if further is None else pd.concat([items, further], axis=1)
    return items.sort_values(ITEM, kind="stable", ignore_index=True)


def complete(log: Log) -> Log:
    """Add a row for every item that only the events have, and leave out users without events.

    Args:
        log: items may lack ids that the events have; users may have too many.

    Returns:
        The same events; items and users match them and are sorted by id. Items of the log without a row are counted.
    """
    met = log.interactions[ITEM].drop_duplicates()
    unknown = met[~met.isin(log.items[ITEM])].reset_index(drop=True)
    known = {ITEM: unknown, TITLE: unknown.astype("str"), RELEASE_DATE: pd.array([None] * len(unknown), "str")}
    none = np.zeros(len(unknown), dtype=np.uint8)
    genres = {name: none for name in log.items.columns if name.startswith(GENRE_PREFIX)}
    items = pd.concat([log.items, pd.DataFrame(known | genres)], ignore_index=True)
    users = log.users[log.users[USER].isin(log.interactions[USER].unique())]
    return replace(
        log,
        items=items.sort_values(ITEM, ignore_index=True),
        users=users.sort_values(USER, ignore_index=True),
        counted={**log.counted, "items_without_row": len(unknown)},
    )


def summarise(log: Log) -> dict[str, Any]:
    """Describe a log for `dvc metrics`.

    Args:
        log: at least one event.

    Returns:
        Numbers and ISO dates by name. `density` is events / (users x items with events);
        `share_of_users_with_tied_last_event` counts users whose last two events have the same time, as the tie rule
        sees it. What was counted before is included.
    """
    events = log.interactions
    codes, users = pd.factorize(events[USER])
    items = events[ITEM].nunique()
    per_user, time = np.bincount(codes), events[TIME].astype("int64").to_numpy()
    last = np.full(len(users), np.iinfo(np.int64).min)
    np.maximum.at(last, codes, time)
    in_last = time == last[codes]
    genres = log.items[[name for name in log.items.columns if name.startswith(GENRE_PREFIX)]]
    return dict(log.counted) | {
        "interactions": len(events),
        "users": len(users),
        "items": items,
        "items_in_catalogue": len(log.items),
        "items_without_genre": int((~genres.any(axis=1)).sum()),
        "user_ids": _kind(events[USER]),
        "item_ids": _kind(events[ITEM]),
        "density": len(events) / (len(users) * items),
        "users_with_one_event": int((per_user == 1).sum()),
        "median_events_per_user": float(np.median(per_user)),
        "share_of_users_with_tied_last_event": float((np.bincount(codes[in_last]) > 1).mean()),
        "first_event": events[TIME].min().isoformat(),
        "last_event": events[TIME].max().isoformat(),
    }


def _kind(ids: "pd.Series[Any]") -> str:
    return "integers" if pd.api.types.is_integer_dtype(ids) else "text"
