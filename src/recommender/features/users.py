"""Features of the user as of the request."""

import numpy as np

from recommender.features.context import Context
from recommender.log.histories import Floats


def user_features(context: Context) -> dict[str, Floats]:
    """Describe how much and how the user rated before the request.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) each: `user_events` (log of 1 + number), `user_mean_rating`, `user_std_rating` (population standard
        deviation) over the whole history, `user_mean_popularity` (log of 1 + events, mean of the last ten items).
    """
    view = context.view
    rating = view.histories.rating[view.events].astype(np.float64)
    count = np.where(view.requests.position > 0, view.requests.position, np.nan)
    row = np.repeat(np.arange(len(view.requests)), view.requests.position)
    mean = np.bincount(row, rating, len(view.requests)) / count
    square = np.bincount(row, rating**2, len(view.requests)) / count
    values = {
        "user_events": np.log1p(view.requests.position),
        "user_mean_rating": mean,
        "user_std_rating": np.sqrt(np.maximum(square - mean**2, 0)),
        "user_mean_popularity": context.latest_levels[10]["popularity"],
    }
    return context.per_candidate(values)
