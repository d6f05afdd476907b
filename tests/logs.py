"""Small logs, written so that a reader sees every event."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from recommender.files import read_table
from recommender.log.histories import build_histories
from recommender.log.views import Requests, View
from recommender.outputs import as_a_set, remove
from recommender.parts import read_events, write_events

START = pd.Timestamp("1998-01-01", tz="UTC")


def log(*events):
    """Events as `(user, item, rating, seconds)`."""
    frame = pd.DataFrame(events, columns=["user_id", "item_id", "rating", "timestamp"])
    moments = START + pd.to_timedelta(frame["timestamp"].astype("int64"), unit="s")
    return frame.assign(rating=frame["rating"].astype("float64"), timestamp=moments.dt.as_unit("us"))


def save_events(events, path, count=1):
    """Write events as a stage does."""
    with as_a_set():
        write_events(events.reset_index(drop=True), path, count)


def file_of(path):
    """The file of a table, or the first part of one in parts."""
    return path / "part-00000.parquet" if path.is_dir() else path


def table_at(path):
    return read_events(path) if path.is_dir() else read_table(path)


def delete(path):
    """Remove a table, also one in parts."""
    with as_a_set():
        remove(path)


def sequences(items, rating=1.0, start=0, pause=60):
    """One letter per event, a minute apart: `{1: "abc"}` says that user 1 met a, then b, then c."""
    rows = [(u, item, rating, start + pause * at) for u, letters in items.items() for at, item in enumerate(letters)]
    return log(*rows)


def histories_of(items, **options):
    return build_histories([sequences(items, **options)])


def asking(histories, users, positions):
    """Requests of user codes, each knowing so many events; their moment is that of the last known event."""
    user, position = np.array(users, dtype=np.int64), np.array(positions, dtype=np.int64)
    last = np.maximum(histories.indptr[user] + position - 1, 0)
    return Requests(user, position, histories.time[last])


def asking_all(histories):
    return asking(histories, np.arange(histories.n_users), histories.lengths)


def view_of(histories, users, positions):
    return View(histories, asking(histories, users, positions))


def checkerboard(n_users=30, n_items=24):
    """Even users met all even items and odd users all odd ones; each starts elsewhere, so each ends elsewhere."""
    half = n_items // 2
    return log(
        *((user, 2 * ((user // 2 + at) % half) + user % 2, 1 + at % 5, 3600 * at + user)
          for user in range(n_users) for at in range(half))
    )  # fmt: skip


def short_logs(min_users=1):
    """Logs of unique pairs in few seconds, so that ties are common."""
    pairs = st.tuples(st.integers(0, 5), st.integers(0, 7))
    events = st.dictionaries(pairs, st.tuples(st.integers(1, 5), st.integers(0, 6)), min_size=1, max_size=40)
    return events.map(lambda found: log(*((*pair, *rest) for pair, rest in found.items())))


def is_sparse_equal(left, right):
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in ("data", "indices", "indptr"))
