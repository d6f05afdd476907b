import numpy as np
from recommender.retrieval.popularity import fit_popularity

from recommender.log.views import Requests
from recommender.policies import SourcePolicy
from recommender_lab.feedback.lists import top_lists
from tests.logs import asking_all, histories_of

HISTORIES = histories_of({1: "ab", 2: "abc", 3: "abcd", 4: "e"})


def lists(requests, k):
    policy = SourcePolicy(fit_popularity(HISTORIES), HISTORIES.counts > 0)
    return top_lists(policy, HISTORIES, requests, k).tolist()


def test_the_most_popular_that_the_user_has_not_met_in_order_of_rank():
    assert lists(asking_all(HISTORIES), 2) == [[2, 3], [3, 4], [4, -1], [0, 1]]


def test_each_request_of_a_user_has_its_own_list(monkeypatch):
    requests = Requests(np.array([2, 2, 2]), np.array([1, 2, 4]), np.zeros(3, dtype=np.int64))
    whole = lists(requests, 4)
    monkeypatch.setattr("recommender.retrieval.top.CHUNK_CELLS", 1)
    assert lists(requests, 4) == whole == [[1, 2, 3, 4], [2, 3, 4, -1], [4, -1, -1, -1]]


def test_nobody_asks():
    none = np.zeros(0, dtype=np.int64)
    assert lists(Requests(none, none, none), 3) == []
