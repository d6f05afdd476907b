import numpy as np
import pytest

from recommender_lab.drift.windows import FEATURES, by_policy, comparable, split
from tests.recommender_lab.drift.made import line


def test_policies_by_name_and_requests_by_time():
    made = [line(3), line(1, model="svd"), line(0), line(2, known=False)]
    found = by_policy(made)
    assert list(found) == ["svd", "two_stage"]
    assert found["two_stage"].values("known").tolist() == [1, 0, 1]


def test_the_policy_asked_for_counts_whoever_answered():
    assert list(by_policy([line(policy="popularity")])) == ["two_stage"]


def test_the_numbers_of_a_request():
    numbers = by_policy([line(90, milliseconds=4.5)])["two_stage"].numbers.iloc[0]
    assert {name for name in FEATURES if np.isnan(numbers[name])} == {
        "history_popularity", "history_rating", "served_popularity", "candidates",
    }  # fmt: skip
    assert numbers[["history_events", "pause_hours", "hour", "top_score", "mean_score", "milliseconds"]].tolist() == [
        12, 0.5, 1.5, 1.5, 1.0, 4.5,
    ]  # fmt: skip


def test_an_empty_list_has_no_scores():
    window = by_policy([line(ranking={"items": [], "scores": []})])["two_stage"]
    assert np.isnan(window.values("top_score")).all()


def test_each_source_is_counted_for_the_served_items_that_it_handed_in():
    """7 and 9 were served: svd had both (and 8), ridge had 7."""
    window = by_policy([line(0), line(1)])["two_stage"]
    assert window.mentions() == {"svd": 4, "ridge": 2}
    assert window.lists_with() == {7: 2, 9: 2}


@pytest.mark.parametrize(("n", "share", "later"), [(10, 0.3, 3), (943, 0.3, 283), (1, 0.3, 0), (3, 0.5, 2)])
def test_the_later_part(n, share, later):
    window = by_policy([line(at, user=at) for at in range(n)])["two_stage"]
    before, after = split(window, share)
    assert (len(before), len(after)) == (n - later, later)
    assert len(before) == len(before.numbers) == len(before.scores) == len(before.sources)


@pytest.mark.parametrize(("days", "compared"), [(6.9, False), (7, True)])
def test_the_hour_is_compared_only_between_whole_weeks(days, compared):
    """The morning and the afternoon of one day differ in it, whatever happens."""
    long = by_policy([line(0), line(60 * 24 * 30)])["two_stage"]
    short = by_policy([line(0), line(round(days * 24 * 60))])["two_stage"]
    for pair in ((long, short), (short, long)):
        assert ("hour" in comparable(*pair)) == compared
        assert set(FEATURES) - set(comparable(*pair)) <= {"hour"}
