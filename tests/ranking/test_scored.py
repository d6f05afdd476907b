import numpy as np

from recommender.ranking.scored import Scored, best


def test_best_breaks_ties_by_the_order_of_the_items():
    scored = Scored(np.array([0, 0, 0, 1]), np.array([4, 5, 6, 2]), np.array([1.0, 2.0, 2.0, 0.0]))
    top, rank = best(scored, 2)
    assert (top.request.tolist(), top.item.tolist(), rank.tolist()) == ([0, 0, 1], [5, 6, 2], [1, 2, 1])
