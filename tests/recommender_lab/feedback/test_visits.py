import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.feedback.visits import Luck, draw_luck, visit
from tests.knowing import params_of

USERS, ITEMS = 40, 60
SIZES = {"k": 3, "pool": 5}


def loop_settings(stay=(0.7, 0.3), come=(0.9, 0.6), longest=2, eta=1.0, noise=0.1):
    values = params_of().feedback_loop.model_dump() | SIZES
    values["click"] = {"eta": eta, "noise": noise}
    names = ("stay_after_click", "stay_without", "return_after_click", "return_without")
    values["visit"] = {"longest": longest} | dict(zip(names, (*stay, *come), strict=True))
    return type(params_of().feedback_loop).model_validate(values)


class Likes:
    """Everybody likes every item as much as it is told."""

    def __init__(self, liked):
        self.value = liked

    def liked(self, user, item):
        return np.full(item.shape, self.value)


def play(settings, liked=0.5, exploration=0.3, users=None, seed=0, luck=None):
    user = np.arange(USERS) if users is None else np.array(users)
    longest = settings.visit.longest
    pools = np.random.default_rng(1).permuted(np.tile(np.arange(ITEMS), (len(user), 1)), axis=1)
    pools = pools[:, : longest * 5].reshape(len(user), longest, 5)
    luck = luck or draw_luck(np.random.default_rng(seed), USERS, settings)
    return visit(user, pools, exploration, luck, Likes(liked), (1.0, 5.0), settings)


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

    def test_everybody_sees_a_first_slate(self):
        assert play(loop_settings()).seen[:, 0].all()


class TestClicks:
    def test_certain_likes_without_position_bias_are_all_clicked(self):
        assert play(loop_settings(eta=0), liked=1.0).click[:, 0].all()

    def test_nothing_liked_and_no_noise_is_never_clicked(self):
        assert not play(loop_settings(noise=0), liked=0.0).click.any()

    def test_position_bias_comes_from_eta(self):
        rates = {}
        for eta in (0.0, 1.0):
            clicks = np.concatenate([play(loop_settings(eta=eta), seed=seed).click[:, 0] for seed in range(60)])
            rates[eta] = clicks.mean(axis=0)
        assert np.ptp(rates[0.0]) < 0.06
        assert rates[1.0][1:] / rates[1.0][0] == pytest.approx([1 / 2, 1 / 3], abs=0.06)


class TestStayingAndComing:
    def test_nobody_stays_or_all_stay(self):
        assert not play(loop_settings(stay=(0, 0))).seen[:, 1].any()
        assert play(loop_settings(stay=(1, 1))).seen.all()

    def test_a_click_decides(self):
        found = play(loop_settings(stay=(1, 0)))
        assert (found.seen[:, 1] == found.click[:, 0].any(axis=1)).all()
        found = play(loop_settings(come=(1, 0)))
        assert (found.come == found.click.any(axis=(1, 2))).all()

    def test_who_stayed_away_may_come_again(self):
        always = play(loop_settings(come=(0, 1), eta=0), users=[3, 5], liked=1.0)
        assert np.flatnonzero(~always.come).tolist() == [3, 5]
        assert not np.delete(play(loop_settings(come=(1, 0)), users=[3, 5]).come, [3, 5]).any()

    def test_a_slate_that_cannot_be_filled_ends_the_visit(self):
        settings = loop_settings(stay=(1, 1))
        pools = np.full((2, 2, 5), -1)
        pools[0, 0] = np.arange(5)
        luck = draw_luck(np.random.default_rng(0), USERS, settings)
        found = visit(np.array([0, 1]), pools, 0.0, luck, Likes(1.0), (1.0, 5.0), settings)
        assert found.seen.tolist() == [[True, False], [False, False]]
        assert not found.click[1].any()


def test_the_luck_of_a_user_does_not_depend_on_who_else_comes():
    settings = loop_settings()
    luck = draw_luck(np.random.default_rng(0), USERS, settings)
    assert isinstance(luck, Luck)
    pools = np.tile(np.arange(10).reshape(1, 2, 5), (USERS, 1, 1))
    whole = visit(np.arange(USERS), pools, 0.5, luck, Likes(0.5), (1.0, 5.0), settings)
    alone = visit(np.array([7]), pools[:1], 0.5, luck, Likes(0.5), (1.0, 5.0), settings)
    assert alone.click.tolist() == whole.click[7:8].tolist()
    assert alone.place.tolist() == whole.place[7:8].tolist()


def test_more_exploration_shows_more_items():
    settings = loop_settings(longest=1)
    pools = np.tile(np.arange(5).reshape(1, 1, 5), (USERS, 1, 1))
    luck = draw_luck(np.random.default_rng(0), USERS, settings)
    shown = [
        len(np.unique(visit(np.arange(USERS), pools, x, luck, Likes(0.5), (1.0, 5.0), settings).item)) for x in (0, 1)
    ]
    assert shown == [3, 5]
