"""A few visits written by hand."""

import numpy as np

from recommender_lab.feedback.visits import Visits


def visits_of(pools, place, click, seen=None, rating=4.0, users=None, returns=None, liked=0.5):
    """Visits of one user per row; every slate is shown unless `seen` says otherwise."""
    pools, place, click = np.array(pools), np.array(place), np.array(click, dtype=bool)
    n = len(pools)
    return Visits(
        user=np.arange(n) if users is None else np.array(users),
        pools=pools,
        place=place,
        propensity=np.ones(place.shape),
        seen=np.ones(pools.shape[:2], dtype=bool) if seen is None else np.array(seen),
        click=click,
        liked=np.full(place.shape, liked),
        rating=np.full(place.shape, rating),
        returns=np.ones(n, dtype=bool) if returns is None else np.array(returns),
    )


# Two users, one slate of two each: the first is shown items 0 and 2 and clicks both, the second 0 and 1 and none.
TWO = visits_of([[[0, 1, 2]], [[0, 1, 3]]], [[[0, 2]], [[0, 1]]], [[[1, 1]], [[0, 0]]], returns=[True, False])
