"""A world small enough to compute by hand."""

import pandas as pd
import pytest

from recommender.evaluation import reference

# Four users of the history; 1, 2 and 3 hold out one item each, user 4 none. Item 50 is only ever held out.
HISTORY = [(1, 10), (1, 20), (2, 10), (2, 30), (3, 10), (3, 20), (4, 10), (4, 40)]
HELD_OUT = [(1, 30), (2, 20), (3, 50)]
GENRES = {10: (1, 1, 0), 20: (1, 0, 0), 30: (0, 0, 1), 40: (0, 0, 0), 50: (1, 1, 1)}


def events(pairs):
    return pd.DataFrame(pairs, columns=["user_id", "item_id"])


def ranked(lists):
    """Recommendations from `{user: [items]}`."""
    rows = [(user, rank, item, -float(rank)) for user, items in lists.items() for rank, item in enumerate(items, 1)]
    return pd.DataFrame(rows, columns=["user_id", "rank", "item_id", "score"])


@pytest.fixture
def items():
    frame = pd.DataFrame.from_dict(GENRES, orient="index", columns=["genre_a", "genre_b", "genre_c"], dtype="uint8")
    return frame.rename_axis("item_id").reset_index()


@pytest.fixture
def truth(items):
    return reference.build(events(HELD_OUT), events(HISTORY), items)
