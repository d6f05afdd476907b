import numpy as np
import pytest

from recommender.errors import DataError
from recommender.log.histories import DAY
from recommender_lab.feedback.preferences import Preferences
from recommender_lab.feedback.world import build_world
from tests.logs import log
from tests.recommender_lab.feedback.worlds import EVENTS, ITEMS, USERS, events_of, items_frame, loop_params, world_of


def test_recommenders_and_users_know_different_events(monkeypatch):
    fitted = []
    monkeypatch.setattr(Preferences, "fit", lambda hidden, *_: fitted.append(hidden))
    world = world_of()
    (hidden,) = fitted
    assert hidden.lengths.sum() + world.original.lengths.sum() == USERS * EVENTS
    pairs = [set(zip(part.user.tolist(), part.item.tolist(), strict=True)) for part in (hidden, world.original)]
    assert not pairs[0] & pairs[1]
    assert len(pairs[0]) == pytest.approx(0.4 * USERS * EVENTS, rel=0.2)


def test_everything_has_the_codes_of_the_whole_log():
    world = world_of()
    reference = world.reference
    assert world.original.n_users == USERS
    assert world.original.items.tolist() == reference.catalogue.tolist() == sorted(events_of()["item_id"].unique())
    assert len(world.items.year) == len(reference.share) == world.original.n_items <= ITEMS
    assert world.scale == (1.0, 5.0)


def test_rounds_come_day_by_day_after_the_log():
    world = world_of()
    assert world.moment(1) == world.original.time.max() + DAY
    assert np.ptp([world.moment(3), world.moment(5)]) == 2 * DAY


def test_a_log_that_cannot_be_split_is_refused():
    with pytest.raises(DataError, match="splits 1 events into all and none; choose another share or use a longer log"):
        build_world(log((1, 1, 3, 0)), items_frame(), loop_params())
