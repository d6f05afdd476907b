from dataclasses import replace

import numpy as np
import pytest

from recommender.errors import DataError
from recommender.log.views import Requests
from recommender.ranking.ranker import from_text
from recommender.ranking.recipe import Recipe
from recommender_lab.feedback.retrain import fit_popularity_policy, fit_two_stage, top_lists, with_caps
from tests.knowing import busy_log, items_for, params_of
from tests.logs import asking_all, histories_of

SMALL = {"min_data_in_leaf": 2, "max_rounds": 5, "seeds": 1, "num_leaves": 4}
PARAMS = params_of(train_ranker=SMALL)
LOG = busy_log(n_users=16)
ITEMS = items_for(LOG)


@pytest.fixture(scope="module")
def trained():
    return fit_two_stage(LOG, ITEMS, PARAMS)


def test_caps_lower_and_never_raise():
    limits = {"ridge_items": 7, "past_requests": 2, "seeds": 9, "max_rounds": 3}
    caps = PARAMS.replay.retrain.model_copy(update=limits)
    found = with_caps(PARAMS, caps)
    assert (found.build_ranking.past_requests, found.train_ranker.seeds, found.train_ranker.max_rounds) == (2, 1, 3)
    assert found.train_ranker.num_leaves == PARAMS.train_ranker.num_leaves
    assert found.sequence == PARAMS.sequence.model_copy(update={"ridge_items": 7})
    assert with_caps(params_of(split={"method": "global_time"}), caps).split.method == "last_interaction"
    assert PARAMS.train_ranker.max_rounds == 5


def test_the_latest_events_of_each_user_answer_past_requests(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "recommender_lab.feedback.retrain.training_rows", lambda _, past, *__: asked.extend(past) or 1 / 0
    )
    params = params_of(build_ranking={"past_requests": 2, "min_history": 1})
    with pytest.raises(ZeroDivisionError):
        fit_two_stage(histories_of({1: "abcd", 2: "ab", 3: "a"}), ITEMS, params)
    assert [(one.requests.user.tolist(), one.requests.position.tolist()) for one in asked] == [([0, 0, 1], [2, 3, 1])]


def test_the_ranker_has_as_many_trees_as_it_may(trained):
    assert [booster.num_trees() for booster in trained.policy.ranker.boosters] == [SMALL["max_rounds"]]


def test_the_ranker_is_one_that_serving_can_load(trained):
    text = trained.ranker
    assert from_text(text, "here").n_features == len(trained.recipe.names)
    assert Recipe.model_validate(trained.recipe.model_dump()) == trained.recipe


def test_it_serves_and_knows_all_events(trained):
    assert trained.policy.knowledge.items.counts.tolist() == LOG.counts.tolist()
    now = replace(asking_all(LOG), time=np.full(LOG.n_users, LOG.time.max()))
    lists = top_lists(trained.policy, LOG, now, 5)
    assert (lists >= 0).all()
    assert not any(
        set(shown) & set(own) for shown, own in zip(lists.tolist(), np.split(LOG.item, LOG.indptr[1:-1]), strict=True)
    )


def test_the_same_log_gives_the_same_trees_and_another_one_others(trained):
    assert fit_two_stage(LOG, ITEMS, PARAMS).ranker == trained.ranker
    other = replace(LOG, item=LOG.item[::-1].copy())
    assert fit_two_stage(other, ITEMS, PARAMS).ranker != trained.ranker


def test_a_log_too_short_to_learn_from_is_refused():
    short = histories_of({1: "a", 2: "b", 3: "a"})
    with pytest.raises(DataError, match="longer log"):
        fit_two_stage(short, items_for(LOG), params_of(train_svd={"n_components": 1}, train_ranker=SMALL))


MET = histories_of({1: "ab", 2: "abc", 3: "abcd", 4: "e"})


def lists(requests, k):
    return top_lists(fit_popularity_policy(MET), MET, requests, k).tolist()


def test_the_most_popular_that_the_user_has_not_met_in_order_of_rank():
    assert lists(asking_all(MET), 2) == [[2, 3], [3, 4], [4, -1], [0, 1]]


def test_each_request_of_a_user_has_its_own_list(monkeypatch):
    requests = Requests(np.array([2, 2, 2]), np.array([1, 2, 4]), np.zeros(3, dtype=np.int64))
    whole = lists(requests, 4)
    monkeypatch.setattr("recommender.retrieval.top.CHUNK_CELLS", 1)
    assert lists(requests, 4) == whole == [[1, 2, 3, 4], [2, 3, 4, -1], [4, -1, -1, -1]]


def test_no_requests_no_lists():
    none = np.zeros(0, dtype=np.int64)
    assert lists(Requests(none, none, none), 3) == []
