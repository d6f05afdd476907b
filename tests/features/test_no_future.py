"""What comes after a request changes no byte of what is looked at: histories, sources, candidates, features."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.features.assemble import assemble
from recommender.features.context import Context
from recommender.log.views import View, timed
from recommender.retrieval.candidates import find_candidates
from tests.knowing import busy_log, items_for, know, params_of, requests_at, with_another_future

HISTORIES = busy_log()
ENDS = np.arange(2, 12)
PARAMS = {request_time: params_of(sequence={"request_time": request_time}) for request_time in (True, False)}
KNOWLEDGE = {request_time: know(HISTORIES.until(ENDS), params) for request_time, params in PARAMS.items()}
ITEMS = items_for(HISTORIES)


def requests_in_the_middle(request_time, extra=0):
    """Two requests per user, at the first event and at the last one known; under request time 77 seconds later."""
    users, positions = np.repeat(np.arange(10), 2), np.stack([np.ones(10, dtype=int), ENDS + extra], axis=1).ravel()
    return requests_at(HISTORIES, users, positions, later=77 if request_time else 0)


def everything(histories, requests, request_time):
    """The bytes of all that is computed for some requests."""
    view, known = View(histories, requests), KNOWLEDGE[request_time]
    found = find_candidates(view, known.sources, known.sizes, known.catalogue(view))
    names, features = assemble(Context(view, known, ITEMS, found), PARAMS[request_time].features)
    parts = {"seen": view.seen, "weights": view.decayed(0.9).toarray(), "item": found.item, "request": found.request}
    parts |= {f"scores of {name}": source.score(view) for name, source in known.sources.items()}
    parts |= {f"recent {name}": getattr(view.recent, name) for name in ("item", "seconds", "rating")}
    parts |= {f"feature {name}": column for name, column in zip(names, features.T, strict=True)}
    return {name: part.tobytes() for name, part in parts.items()}


@pytest.fixture(scope="module", params=[True, False], ids=["request time", "no request time"])
def request_time(request):
    return request.param


@pytest.fixture(scope="module")
def before(request_time):
    """All of it, of histories that end at the requests."""
    return everything(HISTORIES.until(ENDS), requests_in_the_middle(request_time), request_time)


@given(seed=st.integers(0, 2**31 - 1))
def test_any_later_events_change_nothing(before, request_time, seed):
    changed = with_another_future(HISTORIES, ENDS, seed)
    after = everything(changed, requests_in_the_middle(request_time), request_time)
    assert {name for name in before if before[name] != after[name]} == set()


def test_one_event_more_changes_nearly_everything(before, request_time):
    """Otherwise the test above could not fail."""
    after = everything(HISTORIES, requests_in_the_middle(request_time, extra=1), request_time)
    same = {name for name in before if before[name] == after[name]}
    assert same <= {"scores of popularity", "request", "recent rating"}


@pytest.mark.parametrize("position", [1, 5, 11])
def test_the_next_event_gives_the_moment_and_nothing_else(position):
    """Two worlds that differ in what the users do next, not in when."""
    ends = np.full(10, position)
    other = with_another_future(HISTORIES, ends, seed=3)
    other.time[:] = HISTORIES.time
    users, positions = np.arange(10), np.full(10, position)
    worlds = [everything(world, timed(world, users, positions, True), True) for world in (HISTORIES, other)]
    assert worlds[0] == worlds[1]


def test_who_asks_together_with_whom_changes_nothing(request_time):
    requests = requests_in_the_middle(request_time)
    view, known = View(HISTORIES, requests), KNOWLEDGE[request_time]
    for name, source in known.sources.items():
        alone = [source.score(View(HISTORIES, requests[at : at + 1])) for at in range(len(requests))]
        assert np.concatenate(alone).tobytes() == source.score(view).tobytes(), name
