"""Users with no, one or two events, and items without any: in the log, through all stages, and asked for by hand."""

import numpy as np
import pandas as pd
import pytest

from recommender.bundle.recommending import UnknownUserWarning, recommend
from recommender.columns import POLICIES
from tests.logs import table_at
from tests.project.make_log import ITEMS, START
from tests.project.project import PIPELINE, make_project, run_stages

# In the miniature log odd items make one round and even items another; who stands at item i mostly goes on to i + 2.
NEWCOMERS = {501: [11], 502: [12], 503: [9, 11], 504: [10, 12]}
NEW_ITEM = ITEMS + 1
OLD_USER = 7
K = 10
RUN = (*PIPELINE, "evaluate", "publish")


def project_with(folder, walks):
    """The miniature project with more users, one more item in its table, and a source that hands in everything."""
    make_project(folder, {"candidates.svd": NEW_ITEM})
    log, items = (folder / f"data/local/{name}.csv" for name in ("log", "items"))
    rows = [(user, item, 4, START + 60 * at) for user, walk in walks.items() for at, item in enumerate(walk)]
    more = pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "timestamp"])
    pd.concat([pd.read_csv(log), more]).to_csv(log, index=False)
    table = pd.read_csv(items)
    pd.concat([table, table.tail(1).assign(item_id=NEW_ITEM, title="Never met")]).to_csv(items, index=False)
    assert run_stages(folder, RUN) == dict.fromkeys(RUN, 0)
    return folder


@pytest.fixture(scope="module")
def cold(tmp_path_factory):
    return project_with(tmp_path_factory.mktemp("cold"), NEWCOMERS)


@pytest.fixture(scope="module")
def warmer(tmp_path_factory):
    """The same project after the new item's first event."""
    return project_with(tmp_path_factory.mktemp("warmer"), NEWCOMERS | {505: [11, NEW_ITEM]})


def answer(folder, user, model, k=K):
    return recommend(user, model, k, folder)["item_id"].to_numpy()


@pytest.mark.parametrize("model", POLICIES)
class TestEveryPolicy:
    @pytest.mark.parametrize("user", NEWCOMERS)
    def test_answers_who_has_one_or_two_events_itself(self, cold, model, user):
        found = recommend(user, model, K, cold)
        assert found["rank"].tolist() == list(range(1, K + 1))
        assert set(found["policy"]) == {model}
        assert np.isfinite(found["score"]).all()
        assert found["score"].is_monotonic_decreasing
        assert not set(found["item_id"]) & set(NEWCOMERS[user])
        assert found["item_id"].is_unique

    def test_answers_who_has_no_event_with_popularity(self, cold, model):
        with pytest.warns(UnknownUserWarning, match="user 999 has no events: the most popular items"):
            found = recommend(999, model, K, cold)
        counts = pd.concat([table(cold, f"split/{part}") for part in ("train", "valid", "test")])[
            "item_id"
        ].value_counts()
        assert found["score"].tolist() == counts.head(K).tolist() == counts[found["item_id"]].tolist()

    def test_never_shows_an_item_without_events(self, cold, model):
        assert NEW_ITEM not in table(cold, f"recommendations/{model}")["item_id"].to_numpy()
        for user in (OLD_USER, *NEWCOMERS):
            assert NEW_ITEM not in answer(cold, user, model, 1000)

    def test_shows_it_after_its_first_event(self, warmer, model):
        for user in (OLD_USER, *NEWCOMERS):
            assert NEW_ITEM in answer(warmer, user, model, 1000)

    def test_its_title_is_known(self, warmer, model):
        found = recommend(OLD_USER, model, 1000, warmer).set_index("item_id")
        assert found["title"][NEW_ITEM] == "Never met"


@pytest.mark.parametrize("model", ["svd", "two_stage"])
class TestFewEventsMatter:
    @pytest.mark.parametrize("user", NEWCOMERS)
    def test_most_of_the_answer_is_of_the_users_round(self, cold, model, user):
        assert np.mean(answer(cold, user, model) % 2 == user % 2) > 0.7

    @pytest.mark.parametrize(("one", "other"), [(501, 502), (503, 504), (501, 503)])
    def test_other_events_another_answer(self, cold, model, one, other):
        assert answer(cold, one, model).tolist() != answer(cold, other, model).tolist()


@pytest.mark.parametrize("user", NEWCOMERS)
def test_two_stage_knows_where_a_newcomer_goes_next(cold, user):
    assert NEWCOMERS[user][-1] + 2 in answer(cold, user, "two_stage", 3)


def test_newcomers_stay_in_train_and_are_counted_not_tested(cold):
    assert set(NEWCOMERS) <= set(table(cold, "split/train")["user_id"])
    for name in ("split/valid", "split/test", "split/requests", "recommendations/two_stage", "evaluation/per_user"):
        assert not set(NEWCOMERS) & set(table(cold, name)["user_id"])


def test_an_item_that_only_the_test_knows_cannot_be_found_and_is_reported(tmp_path):
    """Its event is held out, so it is outside the catalogue: a miss for every policy, in a group of its own."""
    folder = project_with(tmp_path, {506: [1, 3, 5, NEW_ITEM]})
    assert table(folder, "split/test").query("user_id == 506")["item_id"].tolist() == [NEW_ITEM]
    rows = pd.DataFrame(pd.read_json(folder / "metrics/plots/item_popularity.json")["item_popularity"].tolist())
    outside = rows[rows["group"] == "no events"]
    assert set(outside["users"]) == {1}
    assert set(outside["policy"]) == set(POLICIES)
    assert not outside["value"].any()


def table(folder, name):
    return table_at(folder / f"data/{name}.parquet")
