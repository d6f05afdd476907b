"""What each peer may be set to: known good values from its authors; where there are several, validation chooses.

Each system has a list of settings. All are fitted on train, the one with the highest NDCG@10 on the validation events
is fitted again on train + validation. A transformer's number of epochs is found on the way, unless `tune_cpu_s` is 0:
then its only setting is trained for `epochs`. `tune_cpu_s`, `cpu_s` and `wall_s` bound one training, in seconds.
"""

import itertools
from typing import Any

Grid = list[dict[str, Any]]

_TRANSFORMER = {
    "n_blocks": 2,
    "session_max_len": 100,
    "dropout_rate": 0.2,
    "lr": 0.001,
    "loss": "softmax",
}
_SMALL, _LARGE = {"n_factors": 64, "n_heads": 1}, {"n_factors": 256, "n_heads": 4}
_BY_DATASET: dict[str, Grid] = {
    "movielens-100k": [
        {**_SMALL, "batch_size": 32, "epochs": 100, "patience": 20, "cpu_s": 3600, "tune_cpu_s": 3600},
        {**_LARGE, "batch_size": 128, "epochs": 100, "patience": 20, "cpu_s": 3600, "tune_cpu_s": 3600},
    ],
    "movielens-1m": [{**_SMALL, "batch_size": 128, "epochs": 50, "patience": 5, "cpu_s": 4800, "tune_cpu_s": 0}],
}


def every(**choices: list[Any]) -> Grid:
    """Return all combinations of the choices."""
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]


def grids(dataset: str, minutes: float) -> dict[str, Grid]:
    """Return the settings to choose from, by system.

    Args:
        dataset: of MovieLens; another name gets what suits the larger one.
        minutes: the most that one training of a transformer may take.

    Returns:
        At least one setting per system; the order of the systems is that of the table.
    """
    sizes = _BY_DATASET.get(dataset, _BY_DATASET["movielens-1m"])
    transformers = [_TRANSFORMER | size | {"wall_s": 60 * minutes} for size in sizes]
    return {
        "als": every(factors=[32, 64], regularization=[0.1], alpha=[1, 10], iterations=[20]),
        "bpr": every(factors=[64], learning_rate=[0.02], regularization=[0.01], iterations=[100, 300]),
        "item_knn": every(neighbours=[20, 100, 500]),
        "lightfm": every(no_components=[32, 64], learning_rate=[0.03], epochs=[30, 60]),
        "ease": every(ridge=[100, 300, 1000]),
        "ease_recent": every(ridge=[100, 300, 1000], half_life=[2, 5, 10]),
        "transitions": every(window=[3, 10, 20], decay=[0.7, 0.9], symmetric=[False, True]),
        "sasrec": [{"kind": "sasrec", **one} for one in transformers],
        "hstu": [{"kind": "hstu", **one} for one in transformers],
    }
