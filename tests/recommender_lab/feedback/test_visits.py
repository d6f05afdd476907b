from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.feedback.exploration import propensities
from recommender_lab.feedback.settings import Click, Visit
from recommender_lab.feedback.visits import CommonRandomNumbers, visit
from tests.knowing import params_of

USERS, ITEMS = 40, 60
SETTINGS = params_of(feedback_loop={"k": 3, "pool": 5}).feedback_loop


def loop_settings(stay=(0.7, 0.3), returns=(0.9, 0.6), longest=2, eta=1.0, noise=0.1):
    names = ("stay_after_click", "stay_without", "return_after_click", "return_without")
    visit = Visit(longest=longest, **dict(zip(names, (*stay, *returns), strict=True)))
    return SETTINGS.model_copy(update={"click": Click(eta=eta, noise=noise), "visit": visit})


class Likes:
    """All users like all items with one probability."""

    def __init__(self, liked):
        self.value = liked

    def liked(self, user, item):
        return np.full(item.shape, self.value)


def play(settings, liked=0.5, exploration=0.3, users=None, seed=0, n_users=USERS):
    user = np.arange(n_users) if users is None else np.array(users)
    longest = settings.visit.longest
    pools = np.random.default_rng(1).permuted(np.tile(np.arange(ITEMS), (len(user), 1)), axis=1)
    pools = pools[:, : longest * 5].reshape(len(user), longest, 5)
    numbers = CommonRandomNumbers.draw(np.random.default_rng(seed), n_users, settings)
    return visit(user, pools, exploration, numbers, Likes(liked), (1.0, 5.0), settings)


class TestInvariants:
    @given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 50))
    def test_of_every_log(self, exploration, liked, seed):
        settings = loop_settings()
        found = play(settings, liked, exploration, seed=seed)
        assert ((found.propensity > 0) & (found.propensity <= 1)).all()
        assert not (found.click & ~found.seen[:, :, None]).any()
        assert (found.seen[:, 1:] <= found.seen[:, :-1]).all()
        exposure = np.bincount(found.item[found.seen].ravel(), minlength=ITEMS)
        assert exposure.sum() == found.seen.sum() * settings.k
        assert ((found.rating >= 1) & (found.rating <= 5)).all()

    def test_all_users_see_a_first_slate(self):
        assert play(loop_settings()).seen[:, 0].all()


class TestClicks:
    def test_certain_likes_without_position_bias_are_all_clicked(self):
        assert play(loop_settings(eta=0), liked=1.0).click[:, 0].all()

    def test_nothing_liked_and_no_noise_is_never_clicked(self):
        assert not play(loop_settings(noise=0), liked=0.0).click.any()

    def test_click_rates_follow_the_position_bias(self):
        for eta, expected in ((0.0, [1, 1, 1]), (1.0, [1, 1 / 2, 1 / 3])):
            rates = play(loop_settings(eta=eta, noise=0), liked=0.9, n_users=4000).click[:, 0].mean(axis=0)
            assert rates == pytest.approx(0.9 * np.array(expected), abs=4 * 0.5 / 4000**0.5), eta


def largest_correlation(columns):
    return np.abs(np.corrcoef(columns, rowvar=False) - np.eye(columns.shape[1])).max()


class TestIndependence:
    """Every slot explores and is clicked, and the user stays and returns, by a random number of its own."""

    n = 10_000
    settings = loop_settings(stay=(0.5, 0.5), returns=(0.5, 0.5), longest=3, eta=0, noise=0)

    def test_no_two_random_numbers_of_a_user_are_correlated(self):
        numbers = CommonRandomNumbers.draw(np.random.default_rng(0), self.n, self.settings)
        columns = np.concatenate([value.reshape(self.n, -1) for value in vars(numbers).values()], axis=1)
        assert columns.shape[1] == 3 * 3 + 3 * 5 + 3 * 3 + 3 + 1
        assert largest_correlation(columns) < 5 / self.n**0.5

    def test_no_two_outcomes_of_a_user_are_correlated(self):
        found = play(self.settings, exploration=0.5, n_users=self.n)
        for slate in (0, 1):
            user = found.seen[:, slate]
            clicks = found.click[user, : slate + 1].reshape(user.sum(), -1)
            stays = found.seen[user, slate + 1, None]
            columns = [clicks, stays, found.returns[user, None]]
            for slot in range(3):
                explored = found.place[user, slate, slot, None] != slot
                assert largest_correlation(np.concatenate([*columns, explored], axis=1)) < 5 / user.sum() ** 0.5

    def test_slots_of_one_slate_explore_independently(self):
        """By the number e of slots that explore, each holding one of 2 + e items: all slots keep their items with
        1/8 + 3/8 * 1/3 + 3/8 * 1/(4 * 3) + 1/8 * 1/(5 * 4 * 3)."""
        kept = (play(self.settings, exploration=0.5, n_users=self.n).place == np.arange(3)).all(axis=2)
        expected = 1 / 8 + 3 / 8 / 3 + 3 / 8 / 12 + 1 / 8 / 60
        assert kept.mean(axis=0) == pytest.approx(np.full(3, expected), abs=4 * 0.5 / self.n**0.5)
        assert kept.all(axis=1).mean() == pytest.approx(expected**3, abs=4 * 0.5 / self.n**0.5)


class TestStayingAndReturning:
    def test_no_user_stays_or_all_stay(self):
        assert not play(loop_settings(stay=(0, 0))).seen[:, 1].any()
        assert play(loop_settings(stay=(1, 1))).seen.all()

    def test_a_click_decides(self):
        found = play(loop_settings(stay=(1, 0)))
        assert (found.seen[:, 1] == found.click[:, 0].any(axis=1)).all()
        found = play(loop_settings(returns=(1, 0)))
        assert (found.returns == found.click.any(axis=(1, 2))).all()

    def test_absent_users_return_like_users_without_a_click(self):
        always = play(loop_settings(returns=(0, 1), eta=0), users=[3, 5], liked=1.0)
        assert np.flatnonzero(~always.returns).tolist() == [3, 5]
        assert not np.delete(play(loop_settings(returns=(1, 0)), users=[3, 5]).returns, [3, 5]).any()

    def test_a_slate_without_enough_items_ends_the_visit(self):
        settings = loop_settings(stay=(1, 1))
        pools = np.full((2, 2, 5), -1)
        pools[0, 0] = np.arange(5)
        numbers = CommonRandomNumbers.draw(np.random.default_rng(0), USERS, settings)
        found = visit(np.array([0, 1]), pools, 0.0, numbers, Likes(1.0), (1.0, 5.0), settings)
        assert found.seen.tolist() == [[True, False], [False, False]]
        assert not found.click[1].any()


def test_what_a_user_does_is_the_same_whichever_other_users_come():
    settings = loop_settings()
    numbers = CommonRandomNumbers.draw(np.random.default_rng(0), USERS, settings)
    pools = np.tile(np.arange(10).reshape(1, 2, 5), (USERS, 1, 1))
    whole = visit(np.arange(USERS), pools, 0.5, numbers, Likes(0.5), (1.0, 5.0), settings)
    alone = visit(np.array([7]), pools[:1], 0.5, numbers, Likes(0.5), (1.0, 5.0), settings)
    for name in ("click", "place", "seen", "propensity"):
        assert getattr(alone, name).tolist() == getattr(whole, name)[7:8].tolist(), name


def test_what_is_logged_belongs_to_the_item_shown():
    """Item i is liked with probability i / 59."""
    likes = SimpleNamespace(liked=lambda user, item: item / (ITEMS - 1))
    pools = np.arange(20).reshape(2, 2, 5) * 3
    settings = loop_settings()
    numbers = CommonRandomNumbers.draw(np.random.default_rng(0), USERS, settings)
    found = visit(np.array([0, 1]), pools, 0.5, numbers, likes, (1.0, 5.0), settings)
    own = found.place == np.arange(3)
    assert found.item.tolist() == (pools[:, :, :1] + 3 * found.place).tolist()
    assert found.liked == pytest.approx(found.item / (ITEMS - 1))
    assert found.rating.tolist() == np.round(1 + 4 * found.liked).tolist()
    assert not own.all()
    table = propensities(3, 5, 0.5)
    assert found.propensity[own].tolist() == [table[0, 0]] * own.sum()
    assert found.propensity[~own & (found.place > 2)].tolist() == [table[0, 4]] * (found.place > 2).sum()
