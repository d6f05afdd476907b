"""The numbers that describe a prepared log, as nested scalars for `dvc metrics`."""

from typing import Any

import numpy as np
import pandas as pd

from recommender.columns import ITEM, TIME, USER
from recommender.datasets.logs import Log


def summarise(log: Log) -> dict[str, Any]:
    """Describe a log.

    Args:
        log: at least one event.

    Returns:
        Numbers and ISO dates by name. `density` is events / (users x items with events).
    """
    events = log.interactions
    users, items = events[USER].nunique(), events[ITEM].nunique()
    per_user = events[USER].value_counts()
    return {
        "interactions": len(events),
        "users": users,
        "items": items,
        "items_in_catalogue": len(log.items),
        "density": len(events) / (users * items),
        "users_with_one_event": int((per_user == 1).sum()),
        "median_events_per_user": float(per_user.median()),
        "share_of_users_with_tied_last_second": tied_last_share(events),
        "first_event": events[TIME].min().isoformat(),
        "last_event": events[TIME].max().isoformat(),
    }


def tied_last_share(events: pd.DataFrame) -> float:
    """Return the share of users whose last event has the same second as the event before it.

    Args:
        events: columns `user_id` and `timestamp`, at least one row.

    Returns:
        From 0 to 1; users with one event count as not tied.
    """
    users = pd.factorize(events[USER])[0]
    seconds = events[TIME].astype("int64") // 1_000_000
    in_last = seconds == seconds.groupby(users).transform("max")
    return float((np.bincount(users[in_last]) > 1).mean())
