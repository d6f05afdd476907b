import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.feedback.exploration import draw_slates, list_length, pools, propensities

sizes = st.integers(1, 6).flatmap(lambda k: st.tuples(st.just(k), st.integers(k, k + 6)))


def draw(n, k, pool, exploration, seed=0):
    random = np.random.default_rng(seed)
    return draw_slates(random.random((n, k)), random.random((n, pool)), exploration)


class TestPropensities:
    def test_by_hand(self):
        """Two slots, three items, x = 1/2. A slot explores alone (1/4) with 2 free items, or both do (1/4) with 3.

        No slot of its own: 1/4 * 1/2 + 1/4 * 1/3 = 5/24. Another's slot: 1/4 * 1/3 = 2/24. Its own: 1/2 + 5/24 = 17/24.
        """
        assert propensities(2, 3, 0.5) * 24 == pytest.approx(np.array([[17, 2, 5], [2, 17, 5]]))

    def test_one_slot(self):
        assert propensities(1, 4, 0.2) == pytest.approx(np.array([[0.85, 0.05, 0.05, 0.05]]))

    def test_without_exploration_the_best_are_in_their_slots(self):
        assert propensities(3, 5, 0.0).tolist() == np.eye(3, 5).tolist()

    def test_with_only_exploration_all_are_equal(self):
        assert propensities(3, 5, 1.0) == pytest.approx(np.full((3, 5), 1 / 5))

    @given(sizes, st.floats(0, 1))
    def test_every_slot_holds_one_item(self, size, exploration):
        table = propensities(*size, exploration)
        assert table.sum(axis=1) == pytest.approx(np.ones(size[0]))
        assert (table >= 0).all()
        assert (table.sum(axis=0) <= 1 + 1e-9).all()

    def test_simulated_slates_have_these_frequencies(self):
        n = 40_000
        for k, pool, exploration in ((3, 5, 0.3), (4, 4, 0.7), (1, 3, 0.5)):
            place = draw(n, k, pool, exploration)
            counted = np.stack([np.bincount(place[:, slot], minlength=pool) for slot in range(k)]) / n
            assert counted == pytest.approx(propensities(k, pool, exploration), abs=4.5 * 0.5 / n**0.5), (k, pool)


class TestSlates:
    @given(sizes, st.floats(0, 1), st.integers(0, 99))
    def test_no_item_twice_and_none_from_elsewhere(self, size, exploration, seed):
        k, pool = size
        place = draw(20, k, pool, exploration, seed)
        assert ((place >= 0) & (place < pool)).all()
        assert all(len(set(row)) == k for row in place.tolist())
        assert (propensities(k, pool, exploration)[np.arange(k), place] > 0).all()

    def test_without_exploration_the_best_in_order(self):
        assert draw(5, 3, 7, 0.0).tolist() == [[0, 1, 2]] * 5

    def test_slots_that_do_not_explore_keep_their_item(self):
        slot = np.array([[0.9, 0.1, 0.9]])
        assert draw_slates(slot, np.array([[0.0, 0.5, 0.1, 0.3, 0.2]]), 0.5).tolist() == [[0, 4, 2]]

    def test_more_exploration_shows_more_items(self):
        shown = [len(np.unique(draw(50, 3, 30, share))) for share in (0.0, 0.1, 1.0)]
        assert shown == sorted(set(shown))


class TestPools:
    def test_by_hand(self):
        """Two slates of two: ranks 1 and 2, then 3 and 4; each has one further item to explore."""
        lists = np.array([[10, 11, 12, 13, 14, 15]])
        assert pools(lists, 2, 3, 2).tolist() == [[[10, 11, 14], [12, 13, 15]]]

    def test_a_slate_that_cannot_be_filled_is_left_out(self):
        lists = np.array([[10, 11, 12, 13, 14, -1], [10, 11, -1, -1, -1, -1]])
        assert pools(lists, 2, 3, 2).tolist() == [[[10, 11, 14], [-1] * 3], [[-1] * 3] * 2]

    def test_uncertain_explores_the_items_with_the_fewest_events(self):
        counts = np.array([9, 8, 5, 1, 3, 4])
        lists = np.arange(6)[None, :]
        assert list_length(2, 4, 1, uncertain=True) == 6
        assert pools(lists, 2, 4, 1, counts).tolist() == [[[0, 1, 3, 4]]]

    def test_uncertain_with_short_lists_takes_what_is_there(self):
        counts = np.array([9, 8, 5, 1])
        assert pools(np.array([[0, 1, 2, 3, -1, -1]]), 2, 4, 1, counts).tolist() == [[[0, 1, 3, 2]]]

    @given(sizes, st.integers(1, 3))
    def test_no_item_is_in_two_slates(self, size, slates):
        k, pool = size
        lists = np.random.default_rng(0).permuted(np.tile(np.arange(60), (4, 1)), axis=1)
        found = pools(lists[:, : list_length(k, pool, slates, uncertain=False)], k, pool, slates)
        assert all(len(set(row)) == slates * pool for row in found.reshape(4, -1).tolist())
