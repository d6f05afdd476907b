"""What is done with events that stand twice and with users beyond the share asked for; all of it is counted."""

import math
from typing import Literal

import numpy as np
import pandas as pd

from recommender.columns import ITEM, TIME, USER
from recommender.datasets.contracts import check_variety
from recommender.seeds import hash_ids, mix

Repeats = Literal["first", "last"]


def drop_duplicates(interactions: pd.DataFrame) -> pd.DataFrame:
    """Keep the first of rows that are equal in every column.

    Args:
        interactions: events in the order of the file.

    Returns:
        The rows kept, in the same order, with a fresh index.
    """
    return interactions[~interactions.duplicated()].reset_index(drop=True)


def drop_repeats(interactions: pd.DataFrame, keep: Repeats) -> pd.DataFrame:
    """Keep one event of each user with each item.

    Args:
        interactions: events in the order of the file.
        keep: the first or the last by time; at the same time, by the order of the file.

    Returns:
        The rows kept, in the order of the file, with a fresh index.
    """
    users, items = (pd.factorize(interactions[name])[0].astype(np.int64) for name in (USER, ITEM))
    pairs = users * (int(items.max(initial=0)) + 1) + items
    kept = ~pd.Series(pairs).duplicated(keep=False).to_numpy()
    rows = np.flatnonzero(~kept)
    rows = rows[np.lexsort((interactions[TIME].astype("int64").to_numpy()[rows], pairs[rows]))]
    kept[rows[~pd.Series(pairs[rows]).duplicated(keep=keep).to_numpy()]] = True
    return interactions[kept].reset_index(drop=True)


def sample_users(interactions: pd.DataFrame, fraction: float, seed: int) -> pd.DataFrame:
    """Keep all events of a share of the users; a larger share contains every smaller one of the same seed.

    Args:
        interactions: events in the order of the file.
        fraction: above 0 to 1; rounded up to whole users.
        seed: decides which users come first.

    Returns:
        The rows kept, in the same order, with a fresh index.
    """
    if fraction == 1:
        return interactions
    users = np.sort(interactions[USER].unique())
    first = np.argsort(mix(hash_ids(users), seed), kind="stable")[: math.ceil(fraction * len(users))]
    return interactions[interactions[USER].isin(users[first])].reset_index(drop=True)


def treat(interactions: pd.DataFrame, keep: Repeats, fraction: float, seed: int) -> tuple[pd.DataFrame, dict[str, int]]:
    """Drop duplicates, then repeats, then the users beyond a share.

    Args:
        interactions: checked events in the order of the file.
        keep: see `drop_repeats`.
        fraction: see `sample_users`.
        seed: see `sample_users`.

    Returns:
        The events kept, and how many rows and users each step dropped.

    Raises:
        DataError: fewer than two users or items are left.
    """
    unique = drop_duplicates(interactions)
    met = drop_repeats(unique, keep)
    sample = sample_users(met, fraction, seed)
    check_variety(sample, f"prepare.user_fraction: {fraction:g}", "raise it, or use a larger log")
    return sample, {
        "duplicate_rows_dropped": len(interactions) - len(unique),
        "repeats_dropped": len(unique) - len(met),
        "events_dropped_by_fraction": len(met) - len(sample),
        "users_dropped_by_fraction": met[USER].nunique() - sample[USER].nunique(),
    }
