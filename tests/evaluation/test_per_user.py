import math

import numpy as np
import pandas as pd
import pytest

from recommender.evaluation import per_user
from recommender.evaluation.lists import pad
from tests.evaluation.conftest import ranked

KS = [1, 3]


@pytest.fixture
def shown(truth):
    return pad(ranked({1: [10, 30, 40], 2: [20]}), truth, 3, "recommendations")


@pytest.fixture
def table(shown, truth):
    return per_user.measure(shown, truth, KS)


def test_one_column_per_metric_and_k(table):
    names = ["hit", "recall", "ndcg", "mrr", "novelty", "diversity", "popularity"]
    assert list(table.columns) == [f"{name}@{k}" for k in KS for name in names]
    assert (table.dtypes == "float64").all()


def test_a_user_without_recommendations_scores_nothing_and_is_counted(table):
    assert table.loc[2, ["hit@3", "recall@3", "ndcg@3", "mrr@3"]].tolist() == [0, 0, 0, 0]
    assert table.loc[2, ["novelty@3", "diversity@3", "popularity@3"]].isna().all()


def test_values_of_one_user(table):
    assert table.loc[0, "hit@1"] == 0
    assert table.loc[0, "ndcg@3"] == pytest.approx(1 / np.log2(3), abs=1e-9)
    assert table.loc[0, "novelty@3"] == pytest.approx((0 + 2 + 2) / 3, abs=1e-9)
    assert table.loc[0, "popularity@3"] == 0.5
    assert table.loc[0, "diversity@3"] == 1  # item 40 has no genres, 10 and 30 share none


def test_values_have_nine_decimals(table):
    assert table.round(9).equals(table)


def test_aggregates_are_means_over_users_and_coverage(table, shown, truth):
    found = per_user.aggregate(table, shown, truth, KS)
    assert found["hit@3"] == pytest.approx((1 + 1 + 0) / 3)
    assert found["ndcg@3"] == pytest.approx((1 / np.log2(3) + 1 + 0) / 3, abs=1e-9)
    assert found["popularity@1"] == (1 + 1 / 2) / 2
    assert found["coverage@1"] == 2 / 4
    assert found["coverage@3"] == 4 / 4
    assert math.isnan(found["diversity@1"])


def test_every_metric_is_there_at_every_k(table, shown, truth):
    names = {"hit", "recall", "ndcg", "mrr", "coverage", "novelty", "diversity", "popularity"}
    assert set(per_user.aggregate(table, shown, truth, KS)) == {f"{name}@{k}" for name in names for k in KS}


def test_rows_are_by_policy_then_user(table, truth):
    stacked = per_user.stack({"svd": table, "random": table}, truth.users)
    assert stacked["policy"].tolist() == ["random"] * 3 + ["svd"] * 3
    assert stacked["user_id"].tolist() == [1, 2, 3] * 2
    assert list(stacked.columns[:2]) == ["user_id", "policy"]
    pd.testing.assert_frame_equal(stacked.iloc[3:, 2:].reset_index(drop=True), table)


def test_means_leave_out_what_is_not_defined():
    values = np.array([[1.0, np.nan, np.nan], [2.0, 5.0, np.nan]])
    np.testing.assert_array_equal(per_user.exact_means(values), [3 / 2, 5, np.nan])


def test_means_do_not_depend_on_the_order_of_users():
    values = np.random.default_rng(0).random((999, 2)) ** 9
    assert per_user.exact_means(values).tolist() == per_user.exact_means(values[::-1]).tolist()


@pytest.mark.parametrize("size", [1, 2, 3])
def test_chunks_of_users_do_not_matter(shown, truth, table, monkeypatch, size):
    monkeypatch.setattr(per_user, "CHUNK", size)
    assert per_user.measure(shown, truth, KS).equals(table)
