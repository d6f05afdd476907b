import numpy as np
import pytest

from recommender.errors import ParameterError
from recommender.log.histories import build_histories
from recommender_lab.feedback.preferences import Preferences, held_out_events, moments, subset
from recommender_lab.feedback.settings import Preference
from tests.knowing import busy_log
from tests.logs import checkerboard, histories_of, sequences

SETTINGS = Preference(held_out=0.5, n_components=2, noise=0.0, midpoint=1.0, width=0.5)


def noisy(noise):
    return SETTINGS.model_copy(update={"noise": noise})


def test_liking_by_hand():
    """Products 3 and 1, mean 1, spread 2: z is 1 and 0; at the midpoint 1 it is 1/2, two widths below 1/(1 + e^2)."""
    users, items = np.array([[1.0, 0.0]], dtype=np.float32), np.array([[3.0, 9.0], [1.0, 0.0]], dtype=np.float32)
    found = Preferences(users, items, mean=1.0, spread=2.0, settings=SETTINGS, seed=0)
    liked = found.liked(np.array([0]), np.array([[0, 1, -1]]))
    assert liked == pytest.approx(np.array([[0.5, 1 / (1 + np.exp(2)), 0.0]]))


def test_moments_are_those_of_all_pairs():
    random = np.random.default_rng(0)
    users, items = random.normal(size=(13, 3)), random.normal(size=(7, 3))
    pairs = users @ items.T
    assert moments(users, items) == pytest.approx((pairs.mean(), pairs.std()))


def test_users_like_their_own_half_of_the_board():
    histories = build_histories([checkerboard()])
    found = Preferences.fit(histories, SETTINGS, seed=1)
    liked = found.liked(np.arange(30), np.tile(np.arange(24), (30, 1)))
    own = (np.arange(30)[:, None] + np.arange(24)) % 2 == 0
    assert liked[own].min() > liked[~own].max()


def test_too_many_factors_name_the_key_of_the_preferences():
    few = histories_of({1: "abc", 2: "cb", 3: "a"})
    message = (
        "feedback_loop.preference.n_components: 3 is too large for the held-out part of the log, 3 users x 3 items"
    )
    with pytest.raises(ParameterError, match=message):
        Preferences.fit(few, SETTINGS.model_copy(update={"n_components": 3}), seed=1)


class TestNoise:
    histories = busy_log(n_users=30, n_items=40)
    user, item = np.arange(30), np.tile(np.arange(40), (30, 1))

    def liked(self, noise, seed=1):
        return Preferences.fit(self.histories, noisy(noise), seed).liked(self.user, self.item)

    def test_it_is_the_same_every_time(self):
        found = Preferences.fit(self.histories, noisy(2.0), 1)
        alone = found.liked(self.user[4:5], self.item[4:5, 7:9])
        assert alone.tobytes() == self.liked(2.0)[4:5, 7:9].tobytes()

    def test_it_is_standard_normal(self):
        found = Preferences.fit(self.histories, noisy(1.0), 1)
        score = found._noise(np.arange(300), np.tile(np.arange(300), (300, 1)))
        assert (score.mean(), score.std()) == pytest.approx((0, 1), abs=0.02)

    def test_more_of_it_moves_more(self):
        moved = [np.abs(self.liked(noise) - self.liked(0.0)).mean() for noise in (0.0, 0.2, 1.0)]
        assert moved == sorted(set(moved))


def test_about_the_share_is_held_out_whatever_the_order():
    events = sequences({user: "abcdefghijklmnopqrst" for user in range(200)})
    hidden = held_out_events(events, 0.3, seed=5)
    assert hidden.mean() == pytest.approx(0.3, abs=0.03)
    assert held_out_events(events[::-1], 0.3, seed=5).tolist() == hidden[::-1].tolist()
    assert (held_out_events(events, 0.3, seed=6) != hidden).any()
    assert (held_out_events(events, 0.5, seed=5) >= hidden).all()


def test_a_subset_keeps_codes_and_order():
    histories = histories_of({1: "abc", 2: "cb", 3: "a"})
    found = subset(histories, np.array([True, False, True, False, True, False]))
    assert (found.indptr.tolist(), found.item.tolist()) == ([0, 2, 3, 3], [0, 2, 1])
    assert (found.n_users, found.n_items) == (3, 3)
