import numpy as np
import pytest

from recommender.retrieval.random_scores import RandomScores
from tests.logs import histories_of, view_of

MANY = histories_of({user: "abcdefghijklmnopqrst" for user in range(200)})
USERS = np.arange(200)


def scores(users, seed=1, histories=MANY):
    return RandomScores(seed).score(view_of(histories, users, np.ones(len(users))))


def test_between_zero_and_one_and_almost_without_ties():
    drawn = scores(USERS)
    assert drawn.shape == (200, 20)
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert np.unique(drawn).size >= drawn.size - 2  # 4,000 draws of 2^24 values give half a tie


def test_users_and_items_of_the_same_code_have_nothing_in_common():
    square = scores(np.arange(20))
    assert np.unique(np.diag(square)).size == 20
    assert (square != square.T).sum() == 20 * 19


def test_uniform():
    """The mean of 4,000 uniform values is 1/2, give or take 5 standard errors of sqrt(1 / 12 / 4,000) = 0.0046."""
    assert scores(USERS).mean() == pytest.approx(0.5, abs=0.023)


def test_another_seed_is_another_order():
    orders = [np.argsort(scores(USERS, seed=seed)[0]).tolist() for seed in range(5)]
    assert len({tuple(order) for order in orders}) == 5


def test_users_do_not_share_an_order():
    assert len({tuple(order) for order in np.argsort(scores(USERS), axis=1)}) == 200


def test_other_requests_of_the_view_change_nothing():
    assert (scores(USERS)[[7, 3]] == scores([7, 3])).all()


def test_the_history_changes_nothing():
    assert (RandomScores(1).score(view_of(MANY, USERS, MANY.lengths)) == scores(USERS)).all()
