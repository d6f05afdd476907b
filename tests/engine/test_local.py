import pytest

from recommender.engine.local import Local


@pytest.mark.parametrize("workers", [1, 2])
def test_results_are_in_the_order_of_the_chunks(workers):
    assert [*Local(workers).map(sum, [[1, 3], [0, 4], [2]])] == [4, 4, 2]
