import math

import numpy as np
import pytest

from recommender.ranking.judging import judge, mean_ndcg, warn
from recommender.ranking.training import RankingTable, train
from tests.ranking.test_training import SETTINGS, table

NOTHING = [{"learning_rate": 1e-300}, {"min_data_in_leaf": 10_000}]
NAMES = ["svd_score", "noise"]


def ranker_of(**changes):
    return train(table(), table(seed=1), SETTINGS.model_copy(update=changes), [1, 2])[0]


class TestJudge:
    def test_a_ranker_as_good_as_its_source_serves(self):
        found = judge(table(seed=2), NAMES, ranker_of())
        assert found.learned
        assert (found.source, found.served_by) == ("svd", None)
        assert found.ndcg == pytest.approx(found.source_ndcg, abs=0.05)

    @pytest.mark.parametrize("changes", NOTHING)
    def test_a_ranker_that_learnt_nothing_is_replaced_by_its_best_source(self, changes):
        """Without an order, the positive stands at each of 8 ranks: the mean of 1 / log2(rank + 1) is 0.49."""
        found = judge(table(seed=2), NAMES, ranker_of(**changes))
        assert not found.learned
        assert found.ndcg == pytest.approx(0.49, abs=0.1)
        assert (found.served_by, found.source_ndcg > 0.95) == ("svd", True)

    def test_a_source_that_may_be_better_by_chance_does_not_serve(self):
        rows = table(told=False, seed=2)
        found = judge(rows, ["svd_score", "ease_score"], ranker_of(**NOTHING[0]))
        assert found.source is not None
        assert found.served_by is None

    @pytest.mark.parametrize(("requests", "served_by"), [(9, None), (10, "svd")])
    def test_few_requests_do_not_decide(self, requests, served_by):
        assert judge(table(requests, seed=2), NAMES, ranker_of(**NOTHING[0])).served_by == served_by

    def test_without_the_scores_of_the_sources_nothing_is_compared(self):
        found = judge(table(seed=2), ["signal", "noise"], ranker_of(**NOTHING[0]))
        assert (found.source, found.served_by, math.isnan(found.source_ndcg)) == (None, None, True)


class TestWarn:
    def messages(self, caplog, **changes):
        settings = SETTINGS.model_copy(update=changes)
        warn(judge(table(seed=2), NAMES, ranker_of(**changes)), 480, settings)
        return [record.getMessage() for record in caplog.records]

    def test_a_ranker_that_serves_needs_no_word(self, caplog):
        assert self.messages(caplog) == []

    def test_the_parameters_and_the_source_are_named(self, caplog):
        nothing, replaced = self.messages(caplog, learning_rate=1e-300)
        assert nothing.startswith("the ranker learnt nothing, it gives all candidates the same score; see")
        assert "train_ranker.learning_rate (1e-300), train_ranker.min_data_in_leaf (5 of 480 rows)" in nothing
        assert "its source svd alone 1.000: two_stage is served by svd" in replaced


class TestNdcg:
    def test_by_hand(self):
        """The positives stand at rank 1 and 3, and the third request has none: (1 + 1 / log2(4) + 0) / 3."""
        rows = RankingTable(
            np.array([0, 0, 1, 1, 1, 2]), np.array([1, 0, 0, 0, 1, 0], np.int8), np.zeros((6, 1)), np.zeros(6)
        )
        assert mean_ndcg(rows, np.array([2.0, 1, 3, 2, 1, 9])) == pytest.approx((1 + 1 / 2 + 0) / 3)

    def test_several_positives_against_the_best_order_of_them(self):
        """Positives at ranks 1 and 3 of two: (1 + 1 / log2(4)) / (1 + 1 / log2(3))."""
        rows = RankingTable(np.zeros(3, int), np.array([1, 0, 1], np.int8), np.zeros((3, 1)), np.zeros(3))
        best = 1 + 1 / np.log2(3)
        assert mean_ndcg(rows, np.array([3.0, 2, 1])) == pytest.approx((1 + 1 / 2) / best)
        assert mean_ndcg(rows, np.array([3.0, 1, 2])) == pytest.approx(1)

    def test_beyond_ten_counts_nothing(self):
        rows = RankingTable(np.zeros(11, int), np.eye(11, dtype=np.int8)[10], np.zeros((11, 1)), np.zeros(11))
        assert mean_ndcg(rows, -np.arange(11.0)) == 0
        assert mean_ndcg(rows, np.arange(11.0)) == 1
