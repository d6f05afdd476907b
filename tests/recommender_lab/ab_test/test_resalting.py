import numpy as np
import pytest

from recommender_lab.ab_test import resalting, results
from recommender_lab.ab_test.resalting import repeat, share_below
from tests.recommender_lab.ab_test.worlds import design, population

SALTS = 10_000


@pytest.fixture(scope="module", params=[1, 4])
def runs(request):
    """10,000 assignments of 600 users: alone, and within four strata."""
    return repeat(population(600, (0.2, 0.28), request.param), design(), SALTS)


@pytest.mark.parametrize("metric", ["hit@5", "ndcg@5"])
@pytest.mark.parametrize("way", ["plain", "cuped"])
def test_alarms_come_at_alpha_where_nothing_differs(runs, metric, way):
    assert share_below(runs["new", metric, way].same, 0.05) == pytest.approx(0.05, abs=0.01)
    assert share_below(runs["new", metric, way].same, 0.2) == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("way", ["plain", "cuped"])
@pytest.mark.parametrize("extra", [0.02, 0.05, 0.1])
def test_what_differs_is_found_as_often_as_the_power_says(extra, way):
    """The new policy finds what the old one does and more, so that the spread between users is nearly all the noise."""
    people = population(800, (0.2, extra), seed=1)
    clicks = people.outcomes["hit@5"]
    clicks[:, 1] = clicks.max(axis=1)
    expected = results.run(people, design())["differences"]["new_minus_old"]["hit@5"][way]["power"]
    found = repeat(people, design(), 2000)["new", "hit@5", way].different
    assert 0.05 < expected < 0.99
    assert share_below(found, 0.05) == pytest.approx(expected, abs=0.06)


def test_intervals_hold_the_difference_of_all_users_at_least_95_times_in_100(runs):
    assert all(run.held.mean() > 0.94 for run in runs.values())


def test_intervals_are_no_wider_than_needed_where_the_effect_is_the_same_for_every_user():
    """Then the standard error is exact, so 95 of 100 intervals hold the effect; wider ones would hold it more often."""
    people = population(600)
    for outcomes in people.outcomes.values():
        outcomes[:, 1] = outcomes[:, 0] + 0.1
    found = repeat(people, design(), SALTS)
    assert {key: run.held.mean() for key, run in found.items()} == pytest.approx(dict.fromkeys(found, 0.95), abs=0.01)


def test_uneven_arms_and_three_of_them():
    shares = {"old": 0.5, "new": 0.2, "other": 0.3}
    found = repeat(population(900, (0.2, 0.2, 0.2)), design(shares=shares), 4000)
    assert {one for one, _, _ in found} == {"new", "other"}
    for run in found.values():
        assert share_below(run.same, 0.05) == pytest.approx(0.05, abs=0.014)  # four standard errors


def test_relabelling_the_arms_is_the_same_test():
    """Equal shares and the policies swapped: each assignment finds the opposite difference, in A/A the same."""
    people = population(300)
    forth = repeat(people, design(), 200)["new", "hit@5", "plain"]
    back = repeat(people, design(control="new"), 200)["old", "hit@5", "plain"]
    assert (forth.different == back.different).all()


def test_the_same_salts_give_the_same_and_other_salts_other_p_values():
    people = population(300)
    one, again, other = (repeat(people, design(salt=salt), 100)["new", "hit@5", "plain"].same for salt in "aab")
    assert (one == again).all()
    assert (one != other).mean() > 0.9


def test_chunks_change_nothing(monkeypatch):
    people = population(100)
    whole = repeat(people, design(), 100)
    monkeypatch.setattr(resalting, "_CELLS", 700)
    parts = repeat(people, design(), 100)
    for key, run in whole.items():
        assert np.array_equal(run.different, parts[key].different)
        assert np.array_equal(run.held, parts[key].held)


def test_tests_that_cannot_be_made_are_no_alarms():
    people = population(300, (0.0, 0.0))
    run = repeat(people, design(), 100)["new", "hit@5", "plain"]
    assert np.isnan(run.same).all()
    assert share_below(run.same, 1.0) == 0
