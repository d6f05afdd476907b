"""A small log with a clear structure: two tastes, and in each a long round that its users walk along."""

from pathlib import Path

import numpy as np
import pandas as pd

USERS, ITEMS = 60, 80
DAY = 86_400
START = 883_612_800  # 1998-01-01
GENRES = ("drama", "comedy")
LAST_DAY = 300


def make_log(folder, text_ids=False, seed=0):
    """Write log.csv, items.csv and users.csv."""
    events, items, users = make_events(seed), make_items(), make_users()
    if text_ids:
        events = events.assign(user_id="u " + events["user_id"].astype(str), item_id=_names(events["item_id"]))
        items = items.assign(item_id=_names(items["item_id"]))
        users = users.assign(user_id="u " + users["user_id"].astype(str))
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, frame in {"log": events, "items": items, "users": users}.items():
        frame.to_csv(Path(folder) / f"{name}.csv", index=False, lineterminator="\n")


def _names(codes):
    return 'é "' + codes.astype(str) + '"'


def make_events(seed=0):
    """Return `user_id, item_id, rating, timestamp`: pages of three events of one second, sittings of some pages."""
    random = np.random.default_rng(seed)
    return pd.concat([_user(user, random) for user in range(1, USERS + 1)], ignore_index=True)


def _user(user, random):
    n = int(random.integers(10, 26))
    items = _walk(user % 2, n, random)
    page = np.arange(n) // 3
    sitting = page // 2
    days = np.sort(random.choice(LAST_DAY, sitting[-1] + 1, replace=False))
    seconds = START + DAY * days[sitting] + 40 * page + int(random.integers(DAY // 2))
    liking = np.where(items % 7 < 4, 4, 2) + random.integers(0, 2, n)
    return pd.DataFrame({"user_id": user, "item_id": items, "rating": liking, "timestamp": seconds})


def _walk(taste, n, random):
    """Mostly one step along the round of a taste, at times a jump; never the same item twice."""
    own = list(np.arange(taste, ITEMS, 2))
    at, walked = int(random.integers(len(own))), []
    for _ in range(n):
        at = int(random.integers(len(own))) if random.random() < 0.1 else at % len(own)
        walked.append(own.pop(at))
    return np.array(walked) + 1


def make_items():
    """Return `item_id, title, release_date, genres, minutes, studio`."""
    codes = np.arange(1, ITEMS + 1)
    genres = [GENRES[(code - 1) % 2] + ("|short" if code % 5 == 0 else "") for code in codes]
    dates = [f"{1960 + code % 38}-0{1 + code % 9}-01" for code in codes]
    return pd.DataFrame({"item_id": codes, "title": [f"Film {code}" for code in codes]}).assign(
        release_date=dates, genres=genres, minutes=80 + codes % 60, studio=[f"studio {code % 4}" for code in codes]
    )


def make_users():
    """Return `user_id, age, club`: the club is the taste, and nothing is known of every tenth user."""
    codes = np.arange(1, USERS + 1)
    users = pd.DataFrame({"user_id": codes, "age": 20 + codes % 50, "club": np.where(codes % 2, "odd", "even")})
    return users[codes % 10 != 0]
