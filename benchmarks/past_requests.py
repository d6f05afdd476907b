"""Who is asked by which models when models know only the past: users in buckets of time, and their requests."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recommender.bundle.fold_in import Event, Query
from recommender.columns import ITEM, RATING, TIME, USER


@dataclass(frozen=True)
class Bucket:
    """Users who are asked by the same models.

    Attributes:
        start: the models know what came before.
        test: the held-out events of the users, all at or after the start.
    """

    start: pd.Timestamp
    test: pd.DataFrame


def buckets_of(test: pd.DataFrame, number: int) -> list[Bucket]:
    """Sort users by the time of their held-out event and cut them into groups of equal size.

    Users of one moment stay together.

    Args:
        test: one held-out event per user.
        number: of buckets; there is one more group, the first, which is in no bucket.

    Returns:
        The buckets, the earliest first; fewer where a moment has more users than a group.
    """
    times = test[TIME].sort_values(ignore_index=True)
    starts = times.iloc[[len(times) * place // (number + 1) for place in range(1, number + 1)]].drop_duplicates()
    of = np.searchsorted(starts.to_numpy(), test[TIME].to_numpy(), side="right") - 1
    return [Bucket(start, test[of == place].reset_index(drop=True)) for place, start in enumerate(starts)]


def before(events: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """Return the events before a moment."""
    return events[events[TIME] < start]


def later_share(events: pd.DataFrame, test: pd.DataFrame) -> float:
    """Return the share of some events that are at or after a held-out event, the mean over the held-out events."""
    times = events[TIME].sort_values().to_numpy()
    return float(1 - np.searchsorted(times, test[TIME].to_numpy()).mean() / len(times))


def queries_of(events: pd.DataFrame, bucket: Bucket) -> list[Query]:
    """Return a request per user of a bucket at the moment of the held-out event, with what the models do not know.

    Args:
        events: the whole log, ordered by `order_events`; the last event of a user is the held-out one.
        bucket: whom to ask.
    """
    earlier = events[(events.groupby(USER).cumcount(ascending=False) > 0) & (events[TIME] >= bucket.start)]
    later = {user: own for user, own in earlier[earlier[USER].isin(bucket.test[USER])].groupby(USER)}
    nothing, moments = events.iloc[:0], _microseconds(bucket.test)
    users = bucket.test[USER].tolist()
    return [Query(user, folded(later.get(user, nothing)), now) for user, now in zip(users, moments, strict=True)]


def folded(own: pd.DataFrame) -> list[Event]:
    """Return events of one user as they are passed with a request."""
    columns = (own[ITEM].tolist(), _microseconds(own), own[RATING].tolist())
    return [Event(*values) for values in zip(*columns, strict=True)]


def _microseconds(events: pd.DataFrame) -> list[int]:
    return events[TIME].dt.as_unit("us").astype("int64").tolist()
