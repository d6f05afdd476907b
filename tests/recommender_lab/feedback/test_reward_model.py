import numpy as np
import pytest

from recommender_lab.feedback.reward_model import fit_reward_model
from tests.recommender_lab.feedback.visiting import TWO, visits_of


def test_by_hand():
    """Each rank has one click of two. Item 0: one click where one was expected; item 2: one of 1/2; item 1: none."""
    model = fit_reward_model([TWO], k=2, n_items=4)
    assert model.rank_rate.tolist() == [0.5, 0.5]
    assert model.item_quality == pytest.approx([2 / 2, 1 / 1.5, 2 / 1.5, 1])
    assert model.predict(np.array([[1, 2]])) == pytest.approx(np.array([[[1 / 3, 2 / 3], [1 / 3, 2 / 3]]]))


def test_slates_that_were_not_shown_do_not_count():
    hidden = visits_of([[[0, 1]], [[0, 1]]], [[[0, 1]], [[0, 1]]], [[[1, 0]], [[0, 0]]], seen=[[True], [False]])
    assert fit_reward_model([hidden], 2, 2).rank_rate.tolist() == [1, 0]


def test_no_log_predicts_no_click():
    assert fit_reward_model([], 2, 3).predict(np.array([[0, 1]])).tolist() == [[[0, 0], [0, 0]]]


def test_predictions_are_probabilities():
    often = visits_of([[[0, 1]]] * 9, [[[0, 1]]] * 9, [[[1, 0]]] * 9)
    assert fit_reward_model([often, TWO], 2, 4).predict(np.arange(4)[None, :]).max() <= 1
