"""Users of the miniature project have even items or odd ones: user 4 has 0, 2, ... 22 of the items 0 to 23."""

import math

import pytest

from recommender.serving.journal import Journal
from recommender.serving.store import StoredEvent


@pytest.fixture
def journal(store, bundle):
    return Journal(store, bundle)


def told(user, item, kind="click", value=None, time=7):
    return StoredEvent(f"{user} {item} {kind}", user, item, kind, value, time)


def items(journal, user):
    return [event.item for event in journal.events(user)]


def test_views_clicks_and_ratings_count(store, journal):
    store.append([told(4, 1, "view"), told(4, 3, "click"), told(4, 5, "rating", 2.5), told(4, 7, "skip")])
    journal.refresh()
    assert items(journal, 4) == [1, 3, 5]
    assert journal.skipped(4) == {7}
    ratings = [event.rating for event in journal.events(4)]
    assert [math.isnan(rating) for rating in ratings] == [True, True, False]
    assert ratings[2] == 2.5
    assert journal.size == 3


def test_what_the_bundle_holds_or_cannot_use_is_left_out(store, journal):
    store.append([told(4, 2), told(4, 777), told(999, 2), told(4, 778, "skip")])
    journal.refresh()
    assert (items(journal, 4), items(journal, 999)) == ([], [2])
    assert journal.skipped(4) == set()


def test_what_another_process_kept_is_seen_after_a_refresh(journal, another):
    another().append([told(4, 1)])
    assert items(journal, 4) == []
    journal.refresh()
    assert items(journal, 4) == [1]


def test_a_new_journal_knows_all(store, bundle, journal):
    store.append([told(4, 1), told(5, 0)])
    journal.refresh()
    again = Journal(store, bundle)
    assert (items(again, 4), items(again, 5), again.seq, again.size) == ([1], [0], journal.seq, 2)


def test_an_erased_user_is_forgotten(store, journal):
    store.append([told(4, 1), told(4, 3, "skip"), told(6, 1)])
    journal.refresh()
    store.erase(4)
    journal.refresh()
    assert (items(journal, 4), journal.skipped(4), items(journal, 6)) == ([], set(), [1])
    assert [journal.is_erased(user) for user in (4, 6)] == [True, False]
    assert journal.size == 1
