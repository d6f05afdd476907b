import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.log.histories import build_histories
from recommender.retrieval.timeline import fit_timeline
from tests.logs import START, histories_of, log, short_logs

ZERO = int(START.timestamp())
MOMENTS = st.lists(st.integers(-3, 12), min_size=1, max_size=6)


@given(events=short_logs(), seconds=MOMENTS)
def test_against_a_count(events, seconds):
    """The whole seconds of a log of seven; before, within and after."""
    histories = build_histories([events])
    timeline, moments = fit_timeline(histories), ZERO + np.array(seconds)
    for item in range(histories.n_items):
        times = histories.time[histories.item == item] // 1_000_000
        found = timeline.before(np.full(len(moments), item), moments)
        assert found.tolist() == [int((times < moment).sum()) for moment in moments]


@given(events=short_logs(), seconds=MOMENTS)
def test_all_items_add_up(events, seconds):
    histories = build_histories([events])
    timeline, items = fit_timeline(histories), np.arange(histories.n_items)
    for moment in ZERO + np.array(seconds):
        single = timeline.before(items, np.full(len(items), moment)).sum()
        assert timeline.all_before(np.array([moment])).tolist() == [single]


def test_the_moment_itself_is_not_before():
    timeline = fit_timeline(histories_of({1: "ab"}))
    assert timeline.before(np.array([1, 1]), ZERO + np.array([60, 61])).tolist() == [0, 1]


def test_moments_centuries_away():
    timeline = fit_timeline(histories_of({1: "ab"}))
    assert timeline.before(np.array([0, 1, 0, 1]), np.array([0, 0, 1 << 45, 1 << 45])).tolist() == [0, 0, 1, 1]
    assert timeline.all_before(np.array([0, 1 << 45])).tolist() == [0, 2]


def test_first_moments_and_the_start_for_items_without_events():
    events = log((1, "b", 1, 7), (1, "a", 1, 9), (2, "b", 1, 3), (2, "c", 1, 8), (2, "d", 1, 8))
    timeline = fit_timeline(build_histories([events]).until(np.array([2, 1])))
    assert (timeline.first - ZERO).tolist() == [9, 3, 3, 3]
    assert timeline.before(np.array([2, 3]), ZERO + np.array([99, 99])).tolist() == [0, 0]


def test_events_added_later_leave_earlier_counts_alone():
    early, late = log((1, "a", 1, 0), (1, "b", 1, 5)), log((2, "a", 1, 50), (2, "b", 1, 60))
    now, then = (fit_timeline(build_histories(parts)) for parts in ([early], [early, late]))
    items, moments = np.array([0, 0, 1, 1]), ZERO + np.array([0, 50, 3, 50])
    assert now.before(items, moments).tolist() == then.before(items, moments).tolist() == [0, 1, 0, 1]
