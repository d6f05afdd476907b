"""Trains the ranker on the ranking dataset: the same trees every time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from recommender.columns import LABEL, REQUEST, TIME
from recommender.engine.local import Local
from recommender.errors import DataError
from recommender.log.further import text_features
from recommender.log.histories import DAY, Floats, Ints
from recommender.ranking.ranker import Ranker, trees_of
from recommender.ranking.settings import RankerParams, TrainRanker
from recommender.retrieval.settings import MOST_CANDIDATES
from recommender.seeds import seed_for

EVALUATED_AT = 10
BIN_ROWS = 20_000
"""Rows, drawn with the seed, that find the bins of each feature: LightGBM's 200,000 take half of a short training."""


@dataclass(frozen=True)
class RankingTable:
    """A ranking dataset as arrays.

    Attributes:
        request: int64 group of each row, equal ones adjacent, (n,).
        label: 0 or 1, (n,).
        features: float32 (n, n_features).
        time: int64 microseconds, the moment of each row's request, (n,).
        texts: which features are codes of texts, the order of which has no meaning.
    """

    request: Ints
    label: NDArray[np.int8]
    features: Floats
    time: Ints
    texts: tuple[int, ...] = ()

    @property
    def group_sizes(self) -> Ints:
        """Rows of each request, in order."""
        starts = np.flatnonzero(np.diff(self.request, prepend=-1))
        return np.diff(starts, append=len(self.request))

    def with_positive(self) -> "RankingTable":
        """Keep the requests that have a positive: the others have no right order."""
        found = np.isin(self.request, self.request[self.label > 0])
        return RankingTable(self.request[found], self.label[found], self.features[found], self.time[found], self.texts)


def table_of(frame: pd.DataFrame, names: list[str]) -> RankingTable:
    """Convert a stored ranking dataset; see `dataset.to_frame`.

    Args:
        frame: the dataset.
        names: of the features.
    """
    time = frame[TIME].dt.as_unit("us").astype("int64").to_numpy()
    features = frame[names].to_numpy(dtype=np.float32)
    return RankingTable(frame[REQUEST].to_numpy(), frame[LABEL].to_numpy(), features, time, text_features(names))


@dataclass(frozen=True)
class Trained:
    """The result of a training.

    Attributes:
        ranker: to serve with.
        stopped: the one that was validated; the same without `train_ranker.refit`, else of the first seed only.
        curve: the validation NDCG@10 of the first seed after each round.
    """

    ranker: Ranker
    stopped: Ranker
    curve: list[float]


def fit_ranker(table: RankingTable, valid: RankingTable, params: RankerParams, workers: int = 1) -> Trained:
    """Train on past requests, then on validation requests too, with the parameters of the section `train_ranker`.

    Args:
        table: training rows, requests adjacent.
        valid: validation rows.
        params: see params.yaml.
        workers: threads, each with one seed at a time.

    Raises:
        DataError: as in `train`.
    """
    seeds = _seeds(params)
    stopped, curve = train(table, valid, params.train_ranker, seeds[:1] if _refits(params) else seeds, workers)
    return Trained(refit(stopped, [table, valid], params, workers), stopped, curve)


def _seeds(params: RankerParams) -> list[int]:
    return [seed_for(params.base.seed, "ranker", number) for number in range(params.train_ranker.seeds)]


def _refits(params: RankerParams) -> bool:
    return params.train_ranker.refit and params.build_ranking.label == "next_event"


def train(
    table: RankingTable, valid: RankingTable, settings: TrainRanker, seeds: list[int], workers: int = 1
) -> tuple[Ranker, list[float]]:
    """Fit gradient-boosted trees, as many as are best on validation for the first seed.

    LambdaMART (Burges, 2010) with `objective: lambdarank`, or a classifier of single candidates with `binary`.

    Args:
        table: training rows, requests adjacent.
        valid: validation rows.
        settings: see params.yaml.
        seeds: of the row and feature samples, one booster each.
        workers: threads, each with one seed at a time.

    Returns:
        The ranker, and the first seed's validation NDCG@10 after each round, over the requests with a positive.

    Raises:
        DataError: there is no positive row in one of the tables, too few rows to train a tree, or too many of one
            request.
    """
    judged = valid.with_positive()
    chosen = [_settings(settings, seed, len(table.label)) for seed in seeds]
    data = _training_data(table, settings, chosen[0])
    _require(judged, "valid")
    check = _dataset(judged, reference=data)
    first, curve = _grow(data, check, settings, chosen[0])
    rounds = int(np.argmax(curve)) + 1
    return Ranker([trees_of(first, 0, rounds), *_boosted(data, chosen[1:], rounds, workers)]), curve


def refit(ranker: Ranker, tables: Sequence[RankingTable], params: RankerParams, workers: int = 1) -> Ranker:
    """Train as many trees again, with all seeds and on later requests too, as the latest requests are most useful.

    Args:
        ranker: whose number of trees was chosen by validation.
        tables: the training rows, then those of later requests; their requests without a positive are left out.
        params: without `train_ranker.refit`, or with `build_ranking.label: liked`, which labels later requests in
            another way, the ranker is returned as it is.
        workers: threads, each with one seed at a time.
    """
    if not _refits(params):
        return ranker
    parts = [tables[0], *(table.with_positive() for table in tables[1:])]
    columns = ("request", "label", "features", "time")
    sizes = np.concatenate([part.group_sizes for part in parts])
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    joined["request"] = np.repeat(np.arange(len(sizes)), sizes)
    return grow(RankingTable(**joined, texts=tables[0].texts), ranker.boosters[0].num_trees(), params, workers)


def grow(table: RankingTable, trees: int, params: RankerParams, workers: int = 1) -> Ranker:
    """Train a given number of trees per seed, with the parameters of the section `train_ranker`.

    Args:
        table: training rows, requests adjacent.
        trees: of each seed.
        params: see params.yaml.
        workers: threads, each with one seed at a time.

    Raises:
        DataError: as in `train`.
    """
    chosen = [_settings(params.train_ranker, seed, len(table.label)) for seed in _seeds(params)]
    data = _training_data(table, params.train_ranker, chosen[0])
    return Ranker(_boosted(data, chosen, trees, workers))


def _boosted(data: lgb.Dataset, chosen: Sequence[dict[str, Any]], trees: int, workers: int) -> list[lgb.Booster]:
    """Grow one booster for each of several settings, on the same rows."""
    data.construct()  # once; threads only read it

    def boost(one: dict[str, Any]) -> lgb.Booster:
        """Grow one booster. Its settings say how much LightGBM prints in this thread."""
        booster = lgb.Booster({**one, "num_iterations": trees}, data)
        for _ in range(trees):
            booster.update()
        return booster

    return [*Local(workers).map(boost, chosen)]


def weights(time: Ints, half_life_days: float | None) -> Floats | None:
    """Weigh requests by their age: 0.5 ** (age / half-life), where the latest request has age 0.

    Args:
        time: microseconds, (n,).
        half_life_days: None weighs all alike.

    Returns:
        float32 (n,), or None.
    """
    if half_life_days is None:
        return None
    return (0.5 ** ((time.max() - time) / (half_life_days * DAY))).astype(np.float32)


def _require(table: RankingTable, name: str) -> None:
    """Refuse rows that LightGBM cannot learn from or judge."""
    if not table.label.any():
        raise DataError(f"ranking dataset, {name}: no positive row; raise candidates.* or use a longer log")
    if (rows := int(table.group_sizes.max())) > MOST_CANDIDATES:
        raise DataError(
            f"ranking dataset, {name}: {rows} rows of one group (a request; a user with build_ranking.label: "
            f"liked), expected at most {MOST_CANDIDATES}; lower candidates.* or build_ranking.past_requests"
        )


def _training_data(table: RankingTable, settings: TrainRanker, chosen: dict[str, Any]) -> lgb.Dataset:
    _require(table, "train")
    if len(table.label) * settings.bagging_fraction < 1:
        raise DataError(
            f"ranking dataset, train: {len(table.label)} rows are too few for train_ranker.bagging_fraction "
            f"({settings.bagging_fraction:g}); raise it or use a longer log"
        )
    return _dataset(table, weight=weights(table.time, settings.half_life_days), params=chosen)


def _dataset(table: RankingTable, **options: Any) -> lgb.Dataset:
    """Return rows as LightGBM takes them; it keeps the raw ones, to train several boosters."""
    given: dict[str, Any] = {
        "group": table.group_sizes,
        "categorical_feature": list(table.texts),
        "free_raw_data": False,
    }
    return lgb.Dataset(table.features, table.label, **given, **options)


def _grow(
    data: lgb.Dataset, check: lgb.Dataset, settings: TrainRanker, chosen: dict[str, Any]
) -> tuple[lgb.Booster, list[float]]:
    curve: dict[str, dict[str, list[float]]] = {}
    with tqdm(total=settings.max_rounds, disable=None, unit="tree", leave=False) as bar:
        callbacks: list[Callable[..., Any]] = [
            lgb.early_stopping(settings.early_stopping_rounds, verbose=False),
            lgb.record_evaluation(curve),
            lambda _: bar.update(),
        ]
        booster = lgb.train(chosen, data, settings.max_rounds, valid_sets=[check], callbacks=callbacks)
    return booster, curve["valid_0"][f"ndcg@{EVALUATED_AT}"]


def _settings(settings: TrainRanker, seed: int, rows: int) -> dict[str, Any]:
    return {
        "objective": settings.objective,
        "metric": "ndcg",
        "eval_at": [EVALUATED_AT],
        "learning_rate": settings.learning_rate,
        # No tree can have more, and LightGBM allocates memory for all of them.
        "num_leaves": min(settings.num_leaves, max(2, rows // settings.min_data_in_leaf)),
        "min_data_in_leaf": settings.min_data_in_leaf,
        "feature_fraction": settings.feature_fraction,
        "bagging_fraction": settings.bagging_fraction,
        "bagging_freq": 1,
        "bin_construct_sample_cnt": BIN_ROWS,
        "lambda_l2": settings.lambda_l2,
        "lambdarank_truncation_level": settings.truncation_level,
        "num_threads": settings.num_threads,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
    }
