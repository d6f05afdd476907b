import numpy as np
import pandas as pd
import pytest

from recommender.bundle.artifacts import Artifacts
from recommender.columns import POLICIES
from recommender.log.histories import build_histories
from recommender.log.views import View
from recommender.parts import read_events
from recommender.policies import choose, recommend_all
from recommender.retrieval import top
from tests.projects import renamed

N_ITEMS = 24


@pytest.fixture(scope="module", params=POLICIES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def policy(name, artifacts):
    return artifacts.open(name).policy


@pytest.fixture(scope="module")
def answer(name, policy, artifacts):
    """Answer the test users' requests, or those of some of them."""

    def recommend(k=5, rows=slice(None), histories=artifacts.histories):
        return recommend_all(policy, histories, artifacts.open(name).requests[rows], k)

    return recommend


class TestContract:
    """What every policy promises."""

    def test_columns_and_types(self, answer):
        types = answer().dtypes.astype(str).to_dict()
        assert types == {"user_id": "int64", "rank": "int32", "item_id": "int64", "score": "float64"}

    def test_users_in_the_order_of_the_requests(self, answer, project):
        asked = read_events(project / "data/split/requests.parquet")["user_id"]
        assert answer()["user_id"].drop_duplicates().tolist() == asked.tolist()

    @pytest.mark.parametrize("k", [1, 3, 12, 13, 20, 1000])
    def test_k_items_or_all_that_are_left(self, answer, k):
        """Of 24 items each user met 11 before the test."""
        assert set(answer(k).groupby("user_id").size()) == {min(k, 24 - 11)}

    def test_ranks_count_from_one_without_gaps(self, answer):
        assert all(ranks.tolist() == [1, 2, 3, 4, 5] for _, ranks in answer().groupby("user_id")["rank"])

    def test_scores_fall(self, answer):
        assert all(scores.is_monotonic_decreasing for _, scores in answer(20).groupby("user_id")["score"])

    def test_finite_scores(self, answer):
        assert np.isfinite(answer(20)["score"]).all()

    def test_no_item_twice(self, answer):
        assert not answer(20).duplicated(["user_id", "item_id"]).any()

    def test_nothing_that_the_user_met(self, answer, project):
        met = pd.concat([read_events(project / f"data/split/{part}.parquet") for part in ("train", "valid")])
        assert answer(20).merge(met, on=["user_id", "item_id"]).empty

    def test_a_shorter_list_is_the_start_of_a_longer_one(self, answer):
        longer = answer(10).query("rank <= 4").reset_index(drop=True)
        pd.testing.assert_frame_equal(answer(4), longer)

    def test_the_same_answer_twice(self, answer):
        pd.testing.assert_frame_equal(answer(), answer())

    def test_the_same_answer_from_a_fresh_load(self, answer, name, project):
        fresh = Artifacts(project)
        again = recommend_all(fresh.open(name).policy, fresh.histories, fresh.open(name).requests, 5)
        pd.testing.assert_frame_equal(again, answer())

    @pytest.mark.parametrize("cells", [1, 5 * N_ITEMS, 29 * N_ITEMS])
    def test_the_size_of_the_chunks_changes_nothing(self, answer, monkeypatch, cells):
        whole = answer(20)
        monkeypatch.setattr(top, "CHUNK_CELLS", cells)
        pd.testing.assert_frame_equal(answer(20), whole)

    def test_one_user_at_a_time_equals_all_at_once(self, answer):
        alone = pd.concat([answer(rows=slice(at, at + 1)) for at in range(30)], ignore_index=True)
        pd.testing.assert_frame_equal(alone, answer())

    def test_events_after_the_requests_change_nothing(self, answer, artifacts, project):
        known = [read_events(project / f"data/split/{part}.parquet") for part in ("train", "valid", "test")]
        longer = build_histories(known)
        assert len(longer.item) == len(artifacts.histories.item) + 30
        pd.testing.assert_frame_equal(answer(20, histories=longer), answer(20))

    def test_an_empty_history_is_answered(self, policy, artifacts):
        request = artifacts.open("svd").requests[:1]
        nothing = type(request)(request.user, request.position * 0, request.time)
        assert len(choose(policy, View(artifacts.histories, nothing), 5)[2]) == 5

    def test_what_is_left_out_twice_stays_left_out(self, policy, artifacts, name):
        items = np.arange(artifacts.histories.n_items)
        fewer = policy.without(items < 6).without(items >= 20)
        lists = recommend_all(fewer, artifacts.histories, artifacts.open(name).requests, 24)
        assert set(lists["item_id"]) <= set(artifacts.histories.items[6:20])


class TestCheckerboard:
    """Even users met all even items but the last, which is therefore the right answer."""

    @pytest.mark.parametrize("name", ["svd", "two_stage"])
    def test_the_withheld_item_comes_first(self, artifacts, project, name):
        lists = recommend_all(artifacts.open(name).policy, artifacts.histories, artifacts.open(name).requests, 1)
        assert lists["item_id"].tolist() == read_events(project / "data/split/test.parquet")["item_id"].tolist()

    def test_popularity_is_the_same_order_for_everybody(self, artifacts):
        lists = recommend_all(
            artifacts.open("popularity").policy, artifacts.histories, artifacts.open("popularity").requests, 24
        )
        counts = artifacts.histories.counts[lists["item_id"]]
        assert lists["score"].tolist() == counts.tolist()

    def test_random_finds_it_as_often_as_chance(self, artifacts, project):
        """One of 13 unseen items in 5 places: 30 * 5 / 13 = 11.5, give or take 3 deviations of 2.7."""
        lists = recommend_all(
            artifacts.open("random").policy, artifacts.histories, artifacts.open("random").requests, 5
        )
        found = lists.merge(read_events(project / "data/split/test.parquet"), on=["user_id", "item_id"])
        assert len(found) == pytest.approx(30 * 5 / 13, abs=8)


def test_other_ids_in_the_same_order_give_the_same_lists(text_project, name, answer):
    """Ids are names: text with spaces, quotes and emoji in the place of numbers changes no list but random."""
    if name == "random":
        pytest.skip("random scores are hashes of the ids")
    other = Artifacts(text_project)
    lists = recommend_all(other.open(name).policy, other.histories, other.open(name).requests, 5)
    pd.testing.assert_frame_equal(lists, renamed(answer()), check_dtype=False)
