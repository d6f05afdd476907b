"""LightGBM on the ranking dataset: fit, predict, save and load, the same trees every time."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from recommender.errors import DataError
from recommender.histories import Floats, Ints
from recommender.retrieval.base import rank_in_row
from recommender.sections import TrainRanker

EVALUATED_AT = 10


@dataclass(frozen=True)
class RankingTable:
    """A ranking dataset as arrays.

    Attributes:
        request: int64 group of each row, equal ones adjacent, (n,).
        label: 0 or 1, (n,).
        features: float32 (n, n_features).
    """

    request: Ints
    label: NDArray[np.int8]
    features: Floats

    @property
    def group_sizes(self) -> Ints:
        """Rows of each request, in order."""
        starts = np.flatnonzero(np.diff(self.request, prepend=-1))
        return np.diff(starts, append=len(self.request))

    def with_positive(self) -> "RankingTable":
        """Keep the requests that have a positive: the others have no right order."""
        found = np.isin(self.request, self.request[self.label > 0])
        return RankingTable(self.request[found], self.label[found], self.features[found])


@dataclass(frozen=True)
class Trained:
    """A trained ranker and its learning curve.

    Attributes:
        booster: the trees up to the best round.
        curve: validation NDCG@10 after each round, over the requests whose target was found.
        best: number of trees.
    """

    booster: lgb.Booster
    curve: list[float]
    best: int


def train(table: RankingTable, valid: RankingTable, settings: TrainRanker, seed: int) -> Trained:
    """Fit gradient-boosted trees, stopping when validation NDCG@10 no longer grows.

    LambdaMART (Burges, 2010) with `objective: lambdarank`, or a classifier of single candidates with `binary`.

    Args:
        table: training rows, requests adjacent.
        valid: validation rows.
        settings: see params.yaml.
        seed: of the row and feature samples.

    Returns:
        The ranker.

    Raises:
        DataError: there is no positive to learn from or to validate on.
    """
    judged = valid.with_positive()
    for name, part in (("train", table), ("valid", judged)):
        if not part.label.any():
            raise DataError(
                f"ranking dataset ({name}): no positive row; raise the candidates.* sizes or use a longer log"
            )
    data = lgb.Dataset(table.features, table.label, group=table.group_sizes)
    check = lgb.Dataset(judged.features, judged.label, group=judged.group_sizes, reference=data)
    curve: dict[str, dict[str, list[float]]] = {}
    with tqdm(total=settings.max_rounds, disable=None, unit="tree", leave=False) as bar:
        callbacks: list[Callable[..., Any]] = [
            lgb.early_stopping(settings.early_stopping_rounds, verbose=False),
            lgb.record_evaluation(curve),
            lambda _: bar.update(),
        ]
        booster = lgb.train(
            _settings(settings, seed), data, settings.max_rounds, valid_sets=[check], callbacks=callbacks
        )
    return Trained(booster, curve["valid_0"][f"ndcg@{EVALUATED_AT}"], booster.best_iteration)


def _settings(settings: TrainRanker, seed: int) -> dict[str, Any]:
    return {
        "objective": settings.objective,
        "metric": "ndcg",
        "eval_at": [EVALUATED_AT],
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.num_leaves,
        "min_data_in_leaf": settings.min_data_in_leaf,
        "feature_fraction": settings.feature_fraction,
        "bagging_fraction": settings.bagging_fraction,
        "bagging_freq": 1,
        "lambda_l2": settings.lambda_l2,
        "lambdarank_truncation_level": settings.truncation_level,
        "num_threads": settings.num_threads,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def importances(booster: lgb.Booster, names: list[str]) -> dict[str, float]:
    """Return each feature's share of the total gain."""
    gain = booster.feature_importance("gain")
    return dict(zip(names, (gain / max(gain.sum(), 1e-12)).tolist(), strict=True))


def ndcg(table: RankingTable, scores: NDArray[np.float64]) -> float:
    """Return NDCG@10 over all requests, those whose target retrieval missed counting 0.

    Args:
        table: requests with at most one positive each.
        scores: of each row.
    """
    rank = rank_in_row(table.request, scores)[table.label > 0]
    gains = np.where(rank < EVALUATED_AT, 1 / np.log2(rank + 2), 0)
    return float(gains.sum() / len(table.group_sizes))


def to_text(booster: lgb.Booster) -> str:
    """Return the model in LightGBM's text format, trees up to the best round."""
    text: str = booster.model_to_string(num_iteration=booster.best_iteration)
    return text


def from_text(text: str, source: str) -> lgb.Booster:
    """Read a model in LightGBM's text format.

    Args:
        text: the model.
        source: where it came from, for the message.

    Raises:
        DataError: it is not a whole model.
    """
    if text.startswith("tree") and "end of trees" in text:
        with suppress(lgb.basic.LightGBMError):
            return lgb.Booster(model_str=text)
    raise DataError(f"{source}: not a whole LightGBM text model; run `dvc repro train_ranker`")
