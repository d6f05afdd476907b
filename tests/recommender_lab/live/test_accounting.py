"""Events are followed through a project with the bundle of the fitted miniature project."""

import shutil

import pandas as pd
import pytest

from recommender.bundle.live import FOLDER, Bundle
from recommender.files import write_table
from recommender.serving.store import EventStore, StoredEvent
from recommender_lab.live.accounting import account
from recommender_lab.live.working_copy import STORE


@pytest.fixture
def place(project, tmp_path):
    shutil.copytree(project / FOLDER, tmp_path / FOLDER)
    return tmp_path


def keep(place, *events):
    store = EventStore(place / STORE)
    store.append([StoredEvent(str(at), *event, None, 10**15) for at, event in enumerate(events)])
    store.close()


def collect(place, *pairs):
    frame = pd.DataFrame(pairs, columns=["user_id", "item_id"]).assign(rating=1.0, timestamp=pd.Timestamp(0, tz="UTC"))
    write_table(frame, place / "data/collected/events-000000000001-000000000009.parquet")


def known(place):
    """Return an event that the log of the bundle has."""
    log = Bundle(place / FOLDER).histories
    return log.users[log.user[0]].item(), log.items[log.item[0]].item()


def test_an_event_that_arrives_is_counted_at_each_place(place):
    pair = known(place)
    keep(place, (*pair, "click"), (*pair, "rating"), (*pair, "skip"), (*pair, "view"))
    collect(place, pair)
    found = account(place, ["0", "1", "2"])  # the fourth is of somebody else
    assert (found.acknowledged, found.stored, found.skips, found.collected, found.trained) == (3, 3, 1, 2, 2)
    assert found.whole


@pytest.mark.parametrize(
    ("names", "stored", "collected", "trained"),
    [
        (["0", "1", "lost"], 2, 2, 2),
        (["0", "1", "2"], 3, 2, 2),
        (["0", "1", "3"], 3, 3, 2),
    ],
    ids=["not in the store", "not collected", "not trained on"],
)
def test_an_event_that_is_lost_is_found(place, names, stored, collected, trained):
    pair = known(place)
    keep(place, (*pair, "click"), (*pair, "view"), (pair[0], 999, "click"), (-5, pair[1], "click"))
    collect(place, pair, (-5, pair[1]))
    found = account(place, names)
    assert (found.acknowledged, found.stored, found.collected, found.trained) == (3, stored, collected, trained)
    assert not found.whole
