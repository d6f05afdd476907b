import numpy as np

from recommender.log.views import Requests
from recommender.retrieval.chunks import chunks

REQUESTS = Requests(np.arange(5), np.ones(5, dtype=np.int64), np.array([30, 10, 50, 20, 40]))


def test_requests_of_similar_times_are_together_in_the_order_of_their_rows():
    # 1,000,000 cells hold two requests of 500,000 items each; in order of time the rows are 1, 3, 0, 4, 2.
    assert [rows.tolist() for rows in chunks(REQUESTS, 500_000)] == [[1, 3], [0, 4], [2]]


def test_no_requests_are_one_empty_chunk():
    assert [rows.tolist() for rows in chunks(REQUESTS[:0], 10)] == [[]]
