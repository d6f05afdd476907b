"""Lines of a request log and windows of them, made by hand or drawn from known distributions."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd

from recommender.request_log.lines import Line, Offer, encode
from recommender_lab.drift.settings import Monitor
from recommender_lab.drift.windows import FEATURES, Window

START = dt.datetime(1998, 1, 1, tzinfo=dt.UTC)
LIMITS = Monitor(
    current=0.3,
    min_requests=50,
    bins=10,
    psi=0.2,
    kolmogorov_smirnov=0.15,
    alpha=0.01,
    sources=0.1,
    unknown_users=0.05,
    unknown_items=0.05,
    coverage=0.3,
)
SOURCES = ("svd", "ridge", "contexts")


def line(minute=0, **changes):
    """One request of user 42, whom two sources agreed on one item for."""
    moment = START + dt.timedelta(minutes=minute)
    values = {
        "request_id": f"r{minute}",
        "time": moment,
        "as_of": moment,
        "user": 42,
        "known": True,
        "model": "two_stage",
        "policy": "two_stage",
        "revision": "abc",
        "k": 2,
        "features": {"history_events": 12.0, "pause_hours": 0.5},
        "ranking": Offer(items=[7, 9], scores=[1.5, 0.5]),
        "candidates": {
            "svd": Offer(items=[9, 7, 8], scores=[3.0, 2.0, 1.0]),
            "ridge": Offer(items=[7], scores=[0.25]),
        },
    }
    return Line(**(values | changes))


def write_lines(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(map(encode, lines)))
    return path


def live_window(random, n, *, moved=0.0):
    """Draw n requests of a live log: sessions of 1 to 10 by users who differ, some of whom come often.

    A user's features, items, sources and whether the user is known are much the same in every request.

    Args:
        random: the generator.
        n: requests.
        moved: standard deviations by which all features of the latest 30 % are moved.
    """
    users = random.permutation(np.repeat(np.arange(n), np.minimum(random.zipf(2.2, n), n)))[:n]
    who = np.repeat(users, random.integers(1, 11, len(users)))[:n]
    own = drawn_window(random, n, unknown=0.1)
    heavy = np.log(np.maximum(np.bincount(users, minlength=n), 1))[
        who
    ]  # who comes often is also otherwise unlike the others
    noise = {name: heavy + 0.3 * random.normal(size=n) + moved * (np.arange(n) >= 0.7 * n) for name in FEATURES}
    numbers = own.numbers.iloc[who].reset_index(drop=True)
    changed = numbers.assign(**{name: numbers[name] + added for name, added in noise.items()})
    log = replace(own.take(who.tolist()), numbers=changed.assign(user=who, request=own.numbers["request"]))
    return replace(log, numbers=log.numbers.assign(time=own.numbers["time"]))


def drawn_window(random, n, *, shift=None, items=200, offset=0, unknown=0.0, mix=(0.5, 0.3, 0.2)):
    """Draw n requests: standard normal features, moved by `shift`; ten of `items` items each, the first most often.

    Args:
        random: the generator.
        n: requests.
        shift: standard deviations by name of the feature.
        items: so many different ones may be served.
        offset: of their numbers.
        unknown: share of unknown users.
        mix: shares of SOURCES.
    """
    numbers = {name: random.normal((shift or {}).get(name, 0.0), 1.0, n) for name in FEATURES}
    keys = random.gumbel(size=(n, items)) - np.log(
        np.arange(10, 10 + items)
    )  # Gumbel's way to draw without replacement
    served = np.argpartition(-keys, 10, axis=1)[:, :10] + offset
    counts = random.multinomial(15, mix, n).tolist()
    return Window(
        numbers=pd.DataFrame(numbers).assign(
            request=[f"r{at}" for at in range(n)],
            user=np.arange(n),
            time=pd.date_range(START, periods=n, freq="12h"),
            known=random.random(n) >= unknown,
            milliseconds=random.exponential(10.0, n),
        ),
        served=served.tolist(),
        scores=[[1.0] * 10] * n,
        sources=[dict(zip(SOURCES, found, strict=True)) for found in counts],
    )
