"""What was known of each user before the test; it reduces the noise of the result."""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import ITEM, USER

Values = NDArray[np.float64]
Covariate = Literal["history_length", "recent_popularity"]
_LATEST = 10


def covariate(history: pd.DataFrame, users: "pd.Series[int] | pd.Series[str]", name: Covariate) -> Values:
    """Describe each user by one number from the time before the held-out events; no policy can have changed it.

    Args:
        history: user_id and item_id of train, then of validation; the events of a user in their order.
        users: ids of the users to return.
        name: `history_length`: `log(1 + events)`; `recent_popularity`: the mean of `log(events of the item)` over the
            user's ten latest items.

    Returns:
        (users,), scaled to [0, 1]; adjusting by a covariate does not depend on its scale.
    """
    values = _history_length(history) if name == "history_length" else _recent_popularity(history)
    found = values.reindex(users.to_numpy(), fill_value=0.0).to_numpy(dtype=np.float64)
    reach = np.ptp(found)
    return (found - found.min()) / reach if reach > 0 else np.zeros(len(found))


def strata_of(history: pd.DataFrame, users: "pd.Series[int] | pd.Series[str]", number: int) -> NDArray[np.int64]:
    """Cut the users into groups of equal size by the length of their history.

    Args:
        history: user_id of every event before the held-out ones.
        users: ids of the users to return.
        number: how many groups, 1 or more.

    Returns:
        int64 (users,), from 0 (shortest) to `number - 1`; users of equal length in the order given.
    """
    lengths = _history_length(history).reindex(users.to_numpy(), fill_value=0.0).to_numpy(dtype=np.float64)
    ranks = np.empty(len(lengths), np.int64)
    ranks[np.argsort(lengths, kind="stable")] = np.arange(len(lengths))
    return ranks * number // len(lengths)


def _history_length(history: pd.DataFrame) -> "pd.Series[float]":
    lengths = history.groupby(USER).size()
    return pd.Series(np.log1p(lengths.to_numpy()), index=lengths.index)


def _recent_popularity(history: pd.DataFrame) -> "pd.Series[float]":
    latest = history.groupby(USER).tail(_LATEST)
    counts = latest[ITEM].map(history[ITEM].value_counts()).to_numpy(dtype=np.float64)
    return pd.Series(np.log(counts), index=latest.index).groupby(latest[USER]).mean()
