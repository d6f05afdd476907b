"""Selects the events that are kept: no duplicates, no repeats, a share of the users. What is dropped is counted."""

import math

import numpy as np
import pandas as pd

from recommender.columns import ITEM, TIME, USER
from recommender.datasets.events import check_variety
from recommender.seeds import hash_ids, mix


def select(
    events: pd.DataFrame, fraction: float, seed: int, repeats: bool = False
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Drop rows that are equal in every column that is read, then repeats, then the users beyond a share.

    Of several events of one user with one item, the first by time is kept; at the same time, the first in the file.
    A larger share contains every smaller one of the same seed.

    Args:
        events: checked events in the order of the file.
        fraction: share of the users to keep, above 0 to 1; rounded up to whole users.
        seed: decides which users are kept.
        repeats: whether later events of a user with the same item are kept too.

    Returns:
        The events kept, in the order of the file; and how many rows and users each step dropped.

    Raises:
        DataError: fewer than two users or items are left.
    """
    unique = events[~events.duplicated()].reset_index(drop=True)
    repeated = unique.sort_values(TIME, kind="stable").duplicated([USER, ITEM]).sort_index()
    first = unique if repeats else unique[~repeated]
    sample = _sample_users(first, fraction, seed).reset_index(drop=True)
    check_variety(sample, f"prepare.user_fraction: {fraction:g}", "raise it, or use a larger log")
    return sample, {
        "rows": len(events),
        "duplicate_rows_dropped": len(events) - len(unique),
        "repeats_dropped": len(unique) - len(first),
        "share_of_repeats_dropped": (len(unique) - len(first)) / len(events),
        "events_dropped_by_fraction": len(first) - len(sample),
        "users_dropped_by_fraction": first[USER].nunique() - sample[USER].nunique(),
    }


def _sample_users(events: pd.DataFrame, fraction: float, seed: int) -> pd.DataFrame:
    if fraction == 1:
        return events
    users = np.sort(events[USER].unique())
    kept = np.argsort(mix(hash_ids(users), seed), kind="stable")[: math.ceil(fraction * len(users))]
    return events[events[USER].isin(users[kept])]
