"""A live experiment of 30 days, as the laboratory sees it at the end of each day."""

import numpy as np
import pandas as pd

from recommender_lab.ab_test.design import Design
from recommender_lab.ab_test.live_results import OPEN, TOO_FEW, results
from recommender_lab.ab_test.live_values import METRICS

DAYS = 30
DESIGN = Design({"svd": 0.4, "two_stage": 0.6}, "svd", "click_through", "ndcg", "1", 0.05, 0.8)


def looks(random, users, *, rate=0.1, more=0.0):
    """Yield the table of users at the end of each day: they come on some day and return on others, each as they like.

    Args:
        random: the generator.
        users: who come at least once.
        rate: of slates with a click under the control; users differ.
        more: added to it under the other arm.
    """
    treated = random.random(users) < DESIGN.shares["two_stage"]
    first, often = random.integers(0, DAYS, users), random.beta(1, 3, users)
    own = random.beta(10 * rate, 10 * (1 - rate), users) + more * treated
    shown, clicked, watched, days = np.zeros((4, users))
    for day in range(DAYS):
        here = (first == day) | ((first < day) & (random.random(users) < often))
        slates = np.where(here, random.integers(1, 4, users), 0)
        shown, days = shown + slates, days + here
        clicked = clicked + random.binomial(slates, np.minimum(own, 1))
        watched = watched + random.binomial(slates, 0.2 * np.minimum(own, 1))
        met = shown > 0
        returned = np.where(first < day, days > 1, np.nan)
        table = pd.DataFrame(
            {"user": np.arange(users), "arm": np.where(treated, "two_stage", "svd"), "requests": shown}
        )
        values = (clicked / np.maximum(shown, 1), 0.6 * clicked / np.maximum(shown, 1), watched / np.maximum(shown, 1))
        yield table.assign(**dict(zip(METRICS, (*values, returned), strict=True)))[met]


def verdicts(table):
    """Return the metrics of which a difference is known."""
    found = results(table, DESIGN, 0.05, 0.05)["differences"]["two_stage"]
    return {name: row["verdict"] for name, row in found.items() if row["verdict"] not in (OPEN, TOO_FEW)}


def power(users, more, times):
    """Return in how many experiments click-through was known to be higher on some day."""
    random = np.random.default_rng(3)
    return sum(
        any(verdicts(table).get("click_through") == "higher" for table in looks(random, users, more=more))
        for _ in range(times)
    )
