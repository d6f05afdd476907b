from dataclasses import replace

import numpy as np
import pytest

from recommender.errors import DataError
from recommender.ranking.ranker import from_text, to_text
from recommender.ranking.recipe import Recipe
from recommender_lab.feedback.lists import top_lists
from recommender_lab.feedback.retrain import capped, lengths_before_last, retrain
from tests.knowing import busy_log, items_for, params_of
from tests.logs import asking_all, histories_of

SMALL = {"min_data_in_leaf": 2, "max_rounds": 5, "seeds": 1, "num_leaves": 4}
PARAMS = params_of(train_ranker=SMALL)
LOG = busy_log(n_users=16)
ITEMS = items_for(LOG)


@pytest.fixture(scope="module")
def trained():
    return retrain(LOG, ITEMS, PARAMS)


def test_caps_lower_and_never_raise():
    caps = PARAMS.replay.retrain.model_copy(update={"past_requests": 2, "seeds": 9, "max_rounds": 3})
    found = capped(PARAMS, caps)
    assert (found.build_ranking.past_requests, found.train_ranker.seeds, found.train_ranker.max_rounds) == (2, 1, 3)
    assert found.train_ranker.num_leaves == PARAMS.train_ranker.num_leaves
    assert found.sequence is PARAMS.sequence
    assert capped(params_of(split={"method": "global_time"}), caps).split.method == "last_interaction"
    assert PARAMS.train_ranker.max_rounds == 5


def test_the_last_event_of_each_user_validates():
    assert lengths_before_last(histories_of({1: "abc", 2: "ab", 3: "a"})).tolist() == [2, 1, 1]


def test_the_ranker_is_one_that_serving_can_load(trained):
    text = to_text(trained.policy.ranker)
    assert from_text(text, "here").n_features == len(trained.recipe.names)
    assert Recipe.model_validate(trained.recipe.model_dump()) == trained.recipe


def test_it_serves_and_knows_all_events(trained):
    assert trained.policy.knowledge.counts.tolist() == LOG.counts.tolist()
    lists = top_lists(trained.policy, LOG, asking_all(LOG), 5)
    assert (lists >= 0).all()
    assert not any(
        set(shown) & set(own) for shown, own in zip(lists.tolist(), np.split(LOG.item, LOG.indptr[1:-1]), strict=True)
    )


def test_the_same_log_gives_the_same_trees_and_another_one_others(trained):
    assert to_text(retrain(LOG, ITEMS, PARAMS).policy.ranker) == to_text(trained.policy.ranker)
    other = replace(LOG, item=LOG.item[::-1].copy())
    assert to_text(retrain(other, ITEMS, PARAMS).policy.ranker) != to_text(trained.policy.ranker)


def test_a_log_too_short_to_learn_from_is_refused():
    short = histories_of({1: "ab", 2: "ab", 3: "ba"})
    with pytest.raises(DataError, match="longer log"):
        retrain(short, items_for(LOG), params_of(train_svd={"n_components": 1}, train_ranker=SMALL))
