"""What the page knows of each shown user: history, held-out events, and the lists of every policy."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from recommender.columns import GENRE_PREFIX, ITEM, RANK, RATING, TIME, TITLE, USER
from recommender_lab.report.page import Section, Users

Rows = list[Any]


def draw(n_shown: int, n_users: int) -> Section:
    """Show a search field, the users found, and the chosen one."""
    part = "" if n_shown == n_users else f" {n_shown:,} of {n_users:,} users, sampled with the seed."
    note = f"Each list answers the request of the user: no later event of the user was known.{part}"
    return Section("users", "Users", (Users(note),))


def sample(users: Sequence[Any], most: int, random: np.random.Generator) -> list[Any]:
    """Draw the users to show.

    Args:
        users: all of them, each once.
        most: how many are shown.
        random: the source of chance.

    Returns:
        At most so many of them, in the order given.
    """
    if len(users) <= most:
        return list(users)
    return [users[at] for at in np.sort(random.choice(len(users), most, replace=False))]


def collect(
    shown: Sequence[Any],
    known: pd.DataFrame,
    held_out: pd.DataFrame,
    lists: Mapping[str, pd.DataFrame],
    items: pd.DataFrame,
    *,
    k: int,
    history: int,
) -> dict[str, Any]:
    """Collect what the script shows.

    Args:
        shown: the users.
        known: events before the requests, each user's in order.
        held_out: events after them.
        lists: recommendations by policy.
        items: the prepared table of items.
        k: the length of the lists.
        history: the latest events that are shown of each user, and the most held-out ones.

    Returns:
        `policies`, `genres`, `items` (title, genre codes) and `users`; of each user the id, how many events are known
        and held out, the latest known and the first held-out ones (item code, rating, days since 1970), the lists by
        policy (item codes), and by policy the ranks of the hits, those below k among them. A rating is None where all
        are alike, as in a log without ratings.
    """
    rated = pd.concat([known[RATING], held_out[RATING]]).nunique() > 1
    place = pd.Index(shown)
    known, held_out = (frame[frame[USER].isin(place)] for frame in (known, held_out))
    served = {policy: frame[frame[USER].isin(place)] for policy, frame in lists.items()}
    top = [frame[frame[RANK] <= k] for frame in served.values()]
    latest, first = known.groupby(USER, sort=False).tail(history), held_out.groupby(USER, sort=False).head(history)
    used = pd.Index(pd.concat([frame[ITEM] for frame in (latest, first, *top)]).unique())
    parts = [
        [str(user) for user in shown],
        *(
            np.bincount(place.get_indexer(pd.Index(frame[USER])), minlength=len(place)).tolist()
            for frame in (known, held_out)
        ),
        *(_by_user(frame, place, _events(frame, used, rated)) for frame in (latest, first)),
        _beside(_by_user(frame, place, used.get_indexer(pd.Index(frame[ITEM])).tolist()) for frame in top),
        _beside(_hits(frame, held_out, place) for frame in served.values()),
    ]
    genres, described = _items(items, used)
    users = [list(row) for row in zip(*parts, strict=True)]
    return {"genres": genres, "items": described, "policies": list(lists), "users": users}


def _by_user(frame: pd.DataFrame, place: pd.Index, values: Rows) -> list[Rows]:
    """Part values, one per row of the frame, by user, each user's in the order of the rows."""
    at = place.get_indexer(pd.Index(frame[USER]))
    order = np.argsort(at, kind="stable")
    ends = np.cumsum(np.bincount(at, minlength=len(place)))
    return [[values[row] for row in rows] for rows in np.split(order, ends[:-1])]


def _beside(columns: Iterable[list[Rows]]) -> list[list[Rows]]:
    return [list(row) for row in zip(*columns, strict=True)]


def _events(frame: pd.DataFrame, used: pd.Index, rated: bool) -> Rows:
    days = frame[TIME].dt.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
    values = frame[RATING].tolist() if rated else []
    ratings = [int(value) if value.is_integer() else round(value, 2) for value in values] or [None] * len(frame)
    return [
        list(row) for row in zip(used.get_indexer(pd.Index(frame[ITEM])).tolist(), ratings, days.tolist(), strict=True)
    ]


def _hits(served: pd.DataFrame, held_out: pd.DataFrame, place: pd.Index) -> list[Rows]:
    pairs = pd.MultiIndex.from_frame(held_out[[USER, ITEM]])
    hits = served[pd.MultiIndex.from_frame(served[[USER, ITEM]]).isin(pairs)].sort_values(RANK, kind="stable")
    return _by_user(hits, place, hits[RANK].tolist())


def _items(items: pd.DataFrame, used: pd.Index) -> tuple[list[str], Rows]:
    """Return the names of the genres, and title and genre codes of each used item; the id where there is no title."""
    columns = [name for name in items.columns if name.startswith(GENRE_PREFIX)]
    found = items.set_index(ITEM).reindex(used)
    titles = found[TITLE].tolist() if TITLE in found else [None] * len(used)
    named = [title if isinstance(title, str) else str(item) for item, title in zip(used, titles, strict=True)]
    flags = found[columns].fillna(0).to_numpy(dtype=np.bool_)
    genres = [np.flatnonzero(row).tolist() for row in flags]
    return [name.removeprefix(GENRE_PREFIX) for name in columns], [list(row) for row in zip(named, genres, strict=True)]
