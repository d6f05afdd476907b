"""What each peer may be set to: known good values from its authors; where there are several, validation chooses.

Each system has a list of settings. All are fitted on train, the one with the highest NDCG@10 on the validation events
is fitted again on train + validation. A transformer has one, and its number of epochs is chosen the same way if
`tune_cpu_s` is above 0; `cpu_s` and `wall_s` bound the final fit, in seconds.
"""

import itertools
from typing import Any

Grid = list[dict[str, Any]]

_TRANSFORMER = {
    "n_blocks": 2,
    "n_heads": 1,
    "n_factors": 64,
    "session_max_len": 100,
    "dropout_rate": 0.2,
    "lr": 0.001,
    "loss": "softmax",
}
_BY_DATASET: dict[str, dict[str, Any]] = {
    "movielens-100k": {"batch_size": 32, "epochs": 60, "patience": 4, "cpu_s": 1800, "tune_cpu_s": 1800},
    "movielens-1m": {"batch_size": 128, "epochs": 60, "patience": 4, "cpu_s": 2700, "tune_cpu_s": 0},
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
    transformer = _TRANSFORMER | _BY_DATASET.get(dataset, _BY_DATASET["movielens-1m"]) | {"wall_s": 60 * minutes}
    return {
        "als": every(factors=[32, 64], regularization=[0.1], alpha=[1, 10], iterations=[20]),
        "bpr": every(factors=[64], learning_rate=[0.02], regularization=[0.01], iterations=[100, 300]),
        "item_knn": every(neighbours=[20, 100, 500]),
        "lightfm": every(no_components=[32, 64], learning_rate=[0.03], epochs=[30, 60]),
        "ease": every(ridge=[100, 300, 1000]),
        "ease_recent": every(ridge=[100, 300, 1000], half_life=[2, 5, 10]),
        "transitions": every(window=[3, 10, 20], decay=[0.7, 0.9], symmetric=[False, True]),
        "sasrec": [{"kind": "sasrec", **transformer}],
        "hstu": [{"kind": "hstu", **transformer}],
    }
