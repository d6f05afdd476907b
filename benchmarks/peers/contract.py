"""What every peer is given and what it hands back: the history and the requests of a split, and a list per request."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

K = 20
USER, ITEM, TIME = "user_id", "item_id", "timestamp"
_ROWS = 512

Values = NDArray[Any]
Settings = Mapping[str, Any]
Scorer = Callable[[Values], Values]


@dataclass(frozen=True)
class Task:
    """Events to learn from, and whom to recommend to.

    Attributes:
        users: ids of all users with an event, ascending; a code is a place in it.
        items: ids of all items with an event, ascending: the catalogue.
        user: int64 codes of the users, one per event; rows by user, then in the order of the split.
        item: int64 codes of the items, one per event.
        time: datetime64[us], one per event.
        asked: int64 codes of the users to recommend to.
        asked_at: datetime64[us], the moments of their requests.
    """

    users: Values
    items: Values
    user: Values
    item: Values
    time: Values
    asked: Values
    asked_at: Values

    def matrix(self, dtype: str = "float32") -> sparse.csr_matrix:
        """Return users x items with 1 where a user met an item."""
        ones = np.ones(len(self.user), dtype=dtype)
        return sparse.csr_matrix((ones, (self.user, self.item)), shape=(len(self.users), len(self.items)))

    def age(self) -> Values:
        """Return how many events of the same user follow each event, int64: 0 for the latest."""
        ends = np.flatnonzero(np.diff(self.user, append=-1))
        return ends[np.searchsorted(ends, np.arange(len(self.user)))] - np.arange(len(self.user))


@dataclass(frozen=True)
class Model:
    """A fitted peer.

    Attributes:
        recommend: from a task and a length to a table `user_id, rank, item_id, score`.
        notes: what the fit found out by itself, such as the number of epochs; numbers and text.
    """

    recommend: Callable[[Task, int], pd.DataFrame]
    notes: dict[str, Any]


def task(history: pd.DataFrame, requests: pd.DataFrame) -> Task:
    """Give users and items codes.

    Args:
        history: `user_id, item_id, timestamp`; rows by user, each user's events in order.
        requests: `user_id, timestamp`; users without history are left out.

    Returns:
        The task.
    """
    users, items = np.unique(history[USER].to_numpy()), np.unique(history[ITEM].to_numpy())
    known = requests[requests[USER].isin(users)]
    return Task(
        users,
        items,
        np.searchsorted(users, history[USER].to_numpy()),
        np.searchsorted(items, history[ITEM].to_numpy()),
        _plain_time(history),
        np.searchsorted(users, known[USER].to_numpy()),
        _plain_time(known),
    )


def _plain_time(frame: pd.DataFrame) -> Values:
    return frame[TIME].dt.tz_localize(None).to_numpy().astype("datetime64[us]")


def read_tasks(folder: Path) -> tuple[Task, pd.DataFrame, Task]:
    """Read a split: what to choose settings with, and what to make the lists from.

    Args:
        folder: holds train, valid and requests as Parquet; the test events are never opened.

    Returns:
        The task of validation (train alone), its answers (`user_id, item_id`), the task of the test (train + valid).
    """
    train, valid, requests = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "valid", "requests"))
    both = pd.concat([train, valid]).sort_values(USER, kind="stable")
    return task(train, valid[[USER, TIME]]), valid[[USER, ITEM]], task(both, requests)


def best(data: Task, scores: Scorer, k: int) -> pd.DataFrame:
    """Rank the whole catalogue for each request, without the items that the user met.

    Args:
        data: the task.
        scores: from int64 codes of users (n,) to their scores (n, items); rows in the order of the codes.
        k: the longest list.

    Returns:
        `user_id, rank, item_id, score`, rank from 1; ties go to the lower item.
    """
    met = data.matrix()
    parts = [_best_of(data, met, scores, rows, k) for rows in _chunks(data.asked)]
    return pd.concat(parts, ignore_index=True)


def _chunks(codes: Values) -> Iterable[Values]:
    return np.array_split(codes, max(1, -(-len(codes) // _ROWS)))


def _best_of(data: Task, met: sparse.csr_matrix, scores: Scorer, rows: Values, k: int) -> pd.DataFrame:
    values = np.array(scores(rows), dtype=np.float64)
    values[met[rows].nonzero()] = -np.inf
    order = np.argsort(-values, axis=1, kind="stable")[:, :k]
    found = np.take_along_axis(values, order, axis=1)
    row, place = np.nonzero(np.isfinite(found))
    return pd.DataFrame(
        {
            USER: data.users[rows[row]],
            "rank": (place + 1).astype(np.int32),
            ITEM: data.items[order[row, place]],
            "score": found[row, place],
        }
    )


def mean_ndcg(lists: pd.DataFrame, answers: pd.DataFrame, k: int = 10) -> float:
    """Return NDCG@k with one relevant item per user: `1 / log2(1 + rank)` where it is found, else 0.

    Args:
        lists: `user_id, rank, item_id`.
        answers: `user_id, item_id`, one row per user.
        k: length of the lists looked at.

    Returns:
        The mean over the users of `answers`.
    """
    rank = answers.merge(lists, on=[USER, ITEM])["rank"].to_numpy()
    return float((1 / np.log2(1 + rank[rank <= k])).sum() / len(answers))
