from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from benchmarks import ceiling
from benchmarks.ceiling import answers, described, lists_of, taught
from benchmarks.params import Params
from recommender.log.views import Requests
from recommender.params import load
from recommender.ranking.dataset import RankingRows
from recommender.ranking.training import RankingTable
from tests.logs import log

HISTORIES = SimpleNamespace(n_users=3, users=np.array([10, 20, 30]), items=np.array(["a", "b", "c"], dtype=object))
FITTED = SimpleNamespace(histories=HISTORIES)


def requests(*users):
    return Requests(np.array(users), np.ones(len(users), dtype=int), np.zeros(len(users), dtype=int))


def rows(request, user, item, label):
    table = [np.array(column) for column in (request, user, item, request, label)]
    return RankingRows(*table, ["position"], np.arange(len(request), dtype=np.float32)[:, None], {}, 2, 2)


def table(*request):
    return RankingTable(
        *(np.array(request), np.ones(len(request), dtype=np.int8), np.zeros((len(request), 1)), np.array(request))
    )


def test_answers_are_the_held_out_events_of_the_asked_in_the_order_of_the_requests():
    """User 30 asks first and goes on to b and a; user 10 to c and to z, which nobody met before."""
    test = log((10, "c", 1, 0), (10, "z", 1, 1), (30, "b", 1, 0), (30, "a", 1, 2))
    found = answers(test, FITTED, requests(2, 0))
    assert found.request.tolist() == [0, 0, 1]
    assert found.item.tolist() == [1, 0, 2]


def test_the_best_candidates_become_the_list_of_the_user_who_asked():
    frame = lists_of(rows([0, 0, 1], [2, 2, 0], [0, 1, 2], [0, 1, 1]), np.array([0.1, 0.5, 0.3]), FITTED, 1)
    assert frame["user_id"].tolist() == [30, 10]
    assert frame["item_id"].tolist() == ["b", "c"]
    assert frame["rank"].tolist() == [1, 1]


def test_nobody_is_scored_by_a_ranker_that_saw_their_own_answers(monkeypatch):
    """The stand-in for a ranker answers with the first candidates (features) of the test rows that it was taught."""

    def refitted(_stopped, tables, _params):
        others = tables[-1]
        return SimpleNamespace(predict=lambda features: np.full(len(features), others.features[:, 0].sum()))

    monkeypatch.setattr(ceiling, "refit", refitted)
    fitted = SimpleNamespace(past=table(0), check=table(0), trained=SimpleNamespace(stopped=None))
    asked = rows([0, 0, 1], [2, 2, 0], [0, 1, 2], [0, 1, 1])
    # The rows' features are 0, 1 and 2: who is in fold 0 meets a ranker taught with 2, who is in fold 1 one with 0 + 1.
    assert taught(fitted, asked, np.array([0, 1]), load(Params)).tolist() == [2, 2, 1]


def test_ratios_are_those_of_the_means():
    values = {"svd": [0.1, 0.3], "two_stage": [0.2, 0.4], "taught": [0.6, 0.2]}
    found = described({name: pd.DataFrame({"ndcg@10": value}) for name, value in values.items()})
    assert found["users"] == 2
    assert found["two_stage_over_svd"] == pytest.approx(1.5)
    assert found["taught_over_svd"] == pytest.approx(2)
