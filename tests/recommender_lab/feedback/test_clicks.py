import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.feedback.clicks import attraction, click_probability, click_table, examination, ratings
from recommender_lab.feedback.settings import Click

shares = st.floats(0, 1)


def test_examination_by_hand():
    assert examination(4, 1.0) == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4])
    assert examination(4, 2.0) == pytest.approx([1, 1 / 4, 1 / 9, 1 / 16])


def test_without_eta_there_is_no_position_bias():
    liked = np.full((1, 5), 0.4)
    assert examination(5, 0.0).tolist() == [1.0] * 5
    assert np.ptp(click_probability(liked, Click(eta=0, noise=0.1))) == 0


def test_clicks_by_hand():
    """Rank 2 is looked at half the time; half liked with noise 0.2 attracts 0.2 + 0.8 * 0.5 = 0.6."""
    liked = np.array([[1.0, 0.5, 0.0]])
    assert attraction(liked, 0.2) == pytest.approx(np.array([[1, 0.6, 0.2]]))
    found = click_probability(liked, Click(eta=1, noise=0.2))
    assert found == pytest.approx(np.array([[1.0, 0.5 * 0.6, 0.2 / 3]]))


@given(st.lists(shares, min_size=1, max_size=6), shares, st.floats(0, 3))
def test_probabilities_grow_with_liking_and_fall_with_rank(liked, noise, eta):
    settings = Click(eta=eta, noise=noise)
    found = click_probability(np.array([liked]), settings)
    assert ((found >= 0) & (found <= 1)).all()
    assert (click_probability(np.array([liked]) / 2, settings) <= found + 1e-12).all()
    alike = click_probability(np.full((1, 6), liked[0]), settings)[0]
    assert (np.diff(alike) <= 1e-12).all()


def test_the_table_has_every_item_at_every_slot():
    liked, settings = np.array([[0.1, 0.5, 0.9]]), Click(eta=1, noise=0.1)
    table = click_table(liked, 2, settings)
    assert table.shape == (1, 2, 3)
    for first, second in ((0, 1), (2, 0), (1, 2)):
        slate = click_probability(liked[:, [first, second]], settings)
        assert table[0, [0, 1], [first, second]] == pytest.approx(slate[0])


def test_ratings_are_whole_numbers_on_the_scale():
    assert ratings(np.array([0, 0.2, 0.5, 0.9, 1]), 1, 5).tolist() == [1, 2, 3, 5, 5]
    assert ratings(np.array([0.0, 1.0]), 1, 1).tolist() == [1, 1]
