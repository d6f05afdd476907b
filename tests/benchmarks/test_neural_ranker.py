"""What needs torch; without it, these tests are skipped."""

import numpy as np
import pytest

from recommender.ranking.judging import mean_ndcg
from recommender.ranking.training import RankingTable

torch = pytest.importorskip("torch", reason="torch is not installed (make neural)")

from benchmarks import neural_ranker  # noqa: E402


def planted(requests, seed):
    """Return requests of five candidates: the one with the largest product of two features is next."""
    features = np.random.default_rng(seed).normal(size=(requests, 5, 3)).astype(np.float32)
    label = features[..., 0] * features[..., 1]
    label = (label == label.max(axis=1, keepdims=True)).astype(np.int8)
    request = np.repeat(np.arange(requests), 5)
    return RankingTable(request, label.ravel(), features.reshape(-1, 3), np.zeros(len(request), dtype=np.int64))


def scores_of(table, valid, seed):
    scaler = neural_ranker.Scaler(table.features)
    network = neural_ranker.fit(table, scaler(table.features), seed)
    with torch.no_grad():
        return neural_ranker.score(network, torch.from_numpy(scaler(valid.features))).numpy()


def test_it_learns_a_product_of_features_and_the_seed_decides_all():
    table, valid = planted(2000, seed=0), planted(200, seed=1)
    found = scores_of(table, valid, seed=1)
    assert mean_ndcg(valid, found) > 0.95  # at random, the five places have a mean of 0.59
    assert scores_of(table, valid, seed=1).tobytes() == found.tobytes()
    assert scores_of(table, valid, seed=2).tobytes() != found.tobytes()


def test_features_become_quantiles_and_missing_ones_are_told():
    features = np.array([[1, 5], [2, np.nan], [1000, 5]], dtype=np.float32)
    scaled = neural_ranker.Scaler(features)(features)
    assert scaled[:, 0].tolist() == pytest.approx([-1.7, 0, 1.7], abs=0.05)
    assert scaled[1, 1:].tolist() == [0, 1]
    assert scaled[[0, 2], 2].tolist() == [0, 0]


def test_values_are_compared_with_the_trees():
    values = {
        "trees": np.array([0.0, 1.0] * 20),
        "network": np.array([0.5, 1.0] * 20),
        "both": np.array([0.0, 1.0] * 20),
    }
    found = neural_ranker.compare(values, seed=0, resamples=200)
    assert found["ndcg@10"]["network"]["value"] == 0.75
    assert found["differences"]["network_minus_trees"]["difference"] == 0.25
    assert [line["minus trees"][:7] for line in neural_ranker.lines(found)] == ["", "+0.2500", "+0.0000"]
