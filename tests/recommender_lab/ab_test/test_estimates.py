import numpy as np
import pytest
from scipy import stats

from recommender.arms import assign
from recommender_lab.ab_test.estimates import difference, mean, sums
from tests.recommender_lab.ab_test.worlds import population

HALVES = (0.5, 0.5)


def estimate(people, *, adjusted=False, salt="s", metric="hit@5"):
    """The new arm (1) against the old (0), and who met which."""
    arms = assign(people.keys, people.strata, HALVES, [salt])
    found = sums(people, metric, arms, 2)[0]
    return difference(found[1, 1], found[0, 0], adjusted=adjusted), arms[0]


def drawn_sums(x, y):
    """Sums of simulated groups: x, y of shape (simulations, strata, users)."""
    ones = np.ones_like(x)
    return np.stack([column.sum(axis=-1) for column in (ones, x, x * x, y, y * y, x * y)], axis=-1)


@pytest.mark.parametrize("metric", ["hit@5", "ndcg@5"])
def test_plain_is_welchs_test(metric):
    people = population()
    found, arms = estimate(people, metric=metric)
    old, new = (people.outcomes[metric][arms == arm, arm] for arm in (0, 1))
    theirs = stats.ttest_ind(new, old, equal_var=False)
    interval = theirs.confidence_interval(0.95)
    assert found.value == pytest.approx(new.mean() - old.mean(), abs=1e-7)
    assert found.freedom == pytest.approx(theirs.df, rel=1e-5)
    assert found.p_values() == pytest.approx(theirs.pvalue, abs=1e-6)
    ends = [found.value - found.reach(0.05), found.value + found.reach(0.05)]
    assert ends == pytest.approx([interval.low, interval.high], abs=1e-6)


def test_adjusted_is_welchs_test_of_what_the_covariate_leaves():
    people = population()
    found, arms = estimate(people, adjusted=True)
    x = [people.covariate[arms == arm] for arm in (0, 1)]
    y = [people.outcomes["hit@5"][arms == arm, arm] for arm in (0, 1)]
    above = sum(np.cov(one, other)[0, 1] * (len(one) - 1) for one, other in zip(x, y, strict=True))
    theta = above / sum(one.var() * len(one) for one in x)
    rest = [other - theta * one for one, other in zip(x, y, strict=True)]
    theirs = stats.ttest_ind(rest[1], rest[0], equal_var=False)
    assert found.value == pytest.approx(rest[1].mean() - rest[0].mean(), abs=1e-6)
    assert found.p_values() == pytest.approx(theirs.pvalue, abs=1e-6)


def test_a_paired_mean_is_scipys_paired_test():
    gaps = np.random.default_rng(0).normal(0.2, 1, 50)
    found, theirs = mean(gaps), stats.ttest_1samp(gaps, 0)
    interval = theirs.confidence_interval(0.9)
    assert found.p_values() == pytest.approx(theirs.pvalue)
    assert found.value + found.reach(0.1) == pytest.approx(interval.high)


def test_strata_are_compared_one_by_one_and_weighted_by_their_users():
    """Stratum 0 (300 users) and 1 (100): the difference is 3/4 of the first and 1/4 of the second."""
    random = np.random.default_rng(1)
    groups = [[random.normal(size=size) for size in sizes] for sizes in ((150, 20), (150, 80))]
    both = [np.array([drawn_sums(np.zeros(len(y)), y) for y in group]) for group in groups]
    found = difference(both[0], both[1], adjusted=False)
    gaps = [groups[0][stratum].mean() - groups[1][stratum].mean() for stratum in (0, 1)]
    errors = [sum(group[stratum].var(ddof=1) / len(group[stratum]) for group in groups) for stratum in (0, 1)]
    assert found.value == pytest.approx(0.75 * gaps[0] + 0.25 * gaps[1])
    assert found.error == pytest.approx(np.sqrt(0.75**2 * errors[0] + 0.25**2 * errors[1]))


class TestSums:
    def test_they_are_those_of_each_arm_under_each_policy(self):
        people = population(users=50, strata=3)
        arms = assign(people.keys, people.strata, HALVES, ["a", "b"])
        found = sums(people, "ndcg@5", arms, 2)
        for salt, arm, policy, stratum in np.ndindex(2, 2, 2, 3):
            inside = (arms[salt] == arm) & (people.strata == stratum)
            x, y = people.covariate[inside], people.outcomes["ndcg@5"][inside, policy]
            assert found[salt, arm, policy, stratum] == pytest.approx(drawn_sums(x, y), abs=1e-5)

    def test_many_salts_at_once_are_those_one_by_one(self):
        people = population(users=101)
        arms = assign(people.keys, people.strata, HALVES, ["a", "b", "c"])
        assert (sums(people, "hit@5", arms, 2)[1] == sums(people, "hit@5", arms[1:2], 2)[0]).all()


class TestMetamorphic:
    def test_swapping_the_arms_turns_the_sign(self):
        people = population()
        arms = assign(people.keys, people.strata, HALVES, ["s"])
        found = sums(people, "hit@5", arms, 2)[0]
        for adjusted in (False, True):
            forth = difference(found[1, 1], found[0, 0], adjusted=adjusted)
            back = difference(found[0, 0], found[1, 1], adjusted=adjusted)
            assert forth.value == -back.value
            assert forth.p_values() == back.p_values()

    def test_a_constant_covariate_changes_nothing(self):
        people = population()
        people.covariate[:] = 0.5
        plain, adjusted = (estimate(people, adjusted=adjusted)[0] for adjusted in (False, True))
        assert (adjusted.value, adjusted.error) == (plain.value, plain.error)

    def test_a_covariate_that_knows_the_outcome_leaves_no_noise(self):
        people = population()
        people.outcomes["hit@5"][:, 1] = people.outcomes["hit@5"][:, 0]
        people.covariate[:] = people.outcomes["hit@5"][:, 0]
        found, _ = estimate(people, adjusted=True)
        assert found.value == pytest.approx(0, abs=1e-9)
        assert found.error == pytest.approx(0, abs=1e-9)


class TestUndefined:
    def test_a_group_of_one_has_no_error(self):
        one, many = drawn_sums(np.zeros((1, 1)), np.ones((1, 1))), drawn_sums(np.zeros((1, 9)), np.eye(9)[:1])
        assert np.isnan(difference(one, many, adjusted=False).p_values())

    def test_an_empty_group_has_no_value(self):
        none, many = np.zeros((1, 6)), drawn_sums(np.zeros((1, 9)), np.eye(9)[:1])
        assert np.isnan(difference(none, many, adjusted=True).value)

    def test_groups_without_variance_are_not_tested(self):
        zeros = drawn_sums(np.zeros((1, 9)), np.zeros((1, 9)))
        assert np.isnan(difference(zeros, zeros, adjusted=True).p_values())


class TestCoverage:
    """Intervals hold the true difference 95 times in 100, over 2,000 simulated tests with fresh users."""

    @pytest.mark.parametrize("adjusted", [False, True])
    @pytest.mark.parametrize(("sizes", "rates"), [((456, 487), (0.14, 0.27)), ((355, 185), (0.14, 0.09))])
    def test_of_clicks(self, sizes, rates, adjusted):
        random = np.random.default_rng(3)
        both = []
        for size, rate in zip(sizes, rates, strict=True):
            x = random.random((2000, 1, size))
            both.append(drawn_sums(x, (random.random(x.shape) < rate * (0.5 + x)).astype(float)))
        found = difference(both[1], both[0], adjusted=adjusted)
        held = np.abs(found.value - (rates[1] - rates[0])) <= found.reach(0.05)
        assert held.mean() == pytest.approx(0.95, abs=0.02)
        assert (found.p_values() <= 0.05).mean() > 0.4

    @pytest.mark.parametrize("adjusted", [False, True])
    def test_of_a_graded_metric_in_strata(self, adjusted):
        random = np.random.default_rng(4)
        levels = np.array([0.0, 0.2, 0.5])[:, None]
        x = [random.random((2000, 3, 60)) for _ in range(2)]
        y = [np.clip(levels + 0.4 * one * random.random(one.shape), 0, 1) for one in x]
        found = difference(drawn_sums(x[0], y[0] + 0.05), drawn_sums(x[1], y[1]), adjusted=adjusted)
        held = np.abs(found.value - 0.05) <= found.reach(0.05)
        assert held.mean() == pytest.approx(0.95, abs=0.02)

    def test_what_the_covariate_knows_makes_them_narrower(self):
        random = np.random.default_rng(5)
        x = [random.random((2000, 1, 300)) for _ in range(2)]
        groups = [drawn_sums(one, one + 0.2 * random.random(one.shape)) for one in x]
        plain, adjusted = (difference(*groups, adjusted=adjusted) for adjusted in (False, True))
        kept = (0.04 / 12) / (1 / 12 + 0.04 / 12)  # the share of the variance that x does not know
        assert (adjusted.error**2).mean() / (plain.error**2).mean() == pytest.approx(kept, rel=0.05)
