"""What is served is what `recommend()` and the batch answer: see also test_app, which asks over HTTP."""

import numpy as np
import pytest

from recommender.columns import POLICIES
from recommender.errors import ParameterError
from recommender.serving.answering import Served, answer_all, nobody
from recommender.serving.journal import Journal
from recommender.serving.schemas import Ask, SessionEvent
from recommender.serving.store import StoredEvent
from recommender.serving.swap import Release


@pytest.fixture
def release(bundle, store):
    return Release(bundle, Journal(store, bundle))


def told(user, item, kind="click"):
    return StoredEvent(f"{user} {item}", user, item, kind, None, 10**16)


def one(release, **values):
    (served,) = answer_all(release, [Ask(**values)])
    assert isinstance(served, Served)
    return served


def ids(served):
    return [item.item_id for item in served.items]


def test_many_at_once_are_answered_as_alone(release, store):
    store.append([told(3, 0), told(5, 2, "skip"), told(999, 7)])
    release.journal.refresh()
    asks = [Ask(user=user, policy=policy, k=k) for user in (3, 4, 5, 888, 999) for policy in POLICIES for k in (2, 5)]
    asks += [Ask(user=4, exclude=[1]), Ask(user=4, genres=["a"], explain=True), Ask(events=[{"item": 5}]), Ask()]
    for ask, served in zip(asks, answer_all(release, asks), strict=True):
        alone = answer_all(release, [ask])[0]
        assert served.items == alone.items
        assert (served.policy, served.known) == (alone.policy, alone.known)


def test_an_offset_continues_the_list(release):
    whole = one(release, user=4, k=6)
    rest = one(release, user=4, k=3, offset=3, explain=True)
    assert ids(rest) == ids(whole)[3:]
    assert [item.rank for item in rest.items] == [4, 5, 6]
    assert all(item.why for item in rest.items)
    assert one(release, user=4, k=3, offset=50).items == []


def test_filters(release):
    every = ids(one(release, user=4, k=24))
    assert ids(one(release, user=4, k=24, exclude=every[:1])) == every[1:]
    assert ids(one(release, user=4, k=24, genres=["b"], genres_out=["a"])) == []
    assert {item % 2 for item in every} == {1}
    assert set(ids(one(release, user=4, k=24, genres_out=["b"]))) == {item for item in every if item % 3}
    assert sorted(ids(one(release, user=4, k=24, candidates=[1, 3, 777]))) == [1, 3]
    assert ids(one(release, user=4, k=24, candidates=[])) == []


def test_an_unknown_genre_is_the_error_of_its_request_alone(release):
    bad, good = answer_all(release, [Ask(user=4, genres=["z"]), Ask(user=4)])
    assert isinstance(bad, ParameterError)
    assert len(good.items) == 10


def test_a_skipped_item_does_not_come_and_is_no_history(release, store):
    first = ids(one(release, user=4, k=24))[0]
    store.append([told(4, first, "skip")])
    release.journal.refresh()
    after = one(release, user=4, k=24)
    assert first not in ids(after)
    assert after.group.answer.view.requests.position.tolist() == [12]


def test_an_erased_user_is_like_an_unknown_one(release, store):
    store.erase(4)
    release.journal.refresh()
    served = one(release, user=4)
    assert (served.policy, served.known) == ("popularity", False)
    assert one(release).items == served.items


def test_a_session_without_a_user(release):
    events = [SessionEvent(item=5, time="2030-01-01T00:00:00Z", value=4), SessionEvent(item="7")]
    served = one(release, events=events, k=24)
    assert served.policy == "two_stage"
    assert set(ids(served)) == set(range(24)) - {5, 7}
    assert served.query.user == nobody(release.bundle)
    assert {event.time for event in served.query.events} == {served.query.now}


def test_sources_are_those_that_proposed_the_item(release):
    served = one(release, user=4, k=24)
    candidates = served.group.answer.scored.candidates
    for item in served.items:
        (at,) = np.flatnonzero(candidates.item == item.item_id)
        assert item.sources == sorted(name for name, given in candidates.given.items() if given[at])
    assert one(release, user=4, policy="svd", k=1).items[0].sources == ["svd"]
