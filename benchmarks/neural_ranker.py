"""Compare a small network with the trees of the ranker, and both together, on the same ranking dataset.

A deep and cross network (DCN-v2; Wang et al., 2021) over the same features learns which candidate comes next (softmax
over the candidates of a past request). Judged on validation alone. Needs torch (`make neural`) and a project in which
`build_ranking` ran. Run: python -m benchmarks.neural_ranker movielens-100k --project FOLDER/project
"""

import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks import report
from benchmarks.params import read_params
from benchmarks.pipeline import MOVIELENS
from recommender.evaluation import paired
from recommender.evaluation.intervals import bootstrap
from recommender.files import read_table
from recommender.ranking.judging import gains
from recommender.ranking.recipe import read_recipe
from recommender.ranking.training import RankingTable, fit_ranker, table_of
from recommender.seeds import generator, seed_for
from recommender.terminal import Parser

KNOTS, SPREAD = 101, 1.7
"""Quantiles that a feature is scaled by, and the largest scaled value."""
UNITS, LAYERS, CROSSES, DROPOUT = 128, 2, 2, 0.1
EPOCHS, BATCH, RATE, DECAY = 8, 64, 2e-3, 1e-4
SEEDS = 3
WEIGHTS = (0.0, 0.15, 0.3, 0.5, 0.7, 1.0, 1.5)
"""Weights of the network's score that is added to that of the trees."""

Values = NDArray[np.float64]


class Scaler:
    """Maps each feature to its quantile, and says which values are missing."""

    def __init__(self, features: NDArray[np.float32]) -> None:
        places = np.linspace(0, 1, KNOTS)
        self._knots = [np.unique(np.quantile(part[~np.isnan(part)], places)) for part in features.T]
        self._gaps = np.flatnonzero(np.isnan(features).any(axis=0))

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scale rows of features, (n, n_features) to (n, width)."""
        scaled = [
            np.interp(part, knots, np.linspace(-SPREAD, SPREAD, len(knots)))
            for part, knots in zip(features.T, self._knots, strict=True)
        ]
        known = np.where(np.isnan(features), 0, np.stack(scaled, axis=1))
        return np.hstack([known, np.isnan(features[:, self._gaps])]).astype(np.float32)


def first_weights(width: int) -> nn.ModuleDict:
    """Return a deep and cross network for rows of some width, before training."""
    sizes = [width, *[UNITS] * LAYERS]
    hidden = [[nn.Linear(*ends), nn.SiLU(), nn.Dropout(DROPOUT)] for ends in pairwise(sizes)]
    return nn.ModuleDict(
        {
            "deep": nn.Sequential(*[layer for some in hidden for layer in some]),
            "cross": nn.ModuleList(nn.Linear(width, width) for _ in range(CROSSES)),
            "score": nn.Linear(UNITS + width, 1),
        }
    )


def score(network: Any, rows: torch.Tensor) -> Any:
    """Score rows, (..., width) to (...): products of the features with one another beside hidden layers."""
    crossed = rows
    for layer in network["cross"]:
        crossed = rows * layer(crossed) + crossed
    return network["score"](torch.cat([network["deep"](rows), crossed], dim=-1)).squeeze(-1)


def fit(table: RankingTable, rows: NDArray[np.float32], seed: int) -> nn.ModuleDict:
    """Train a network.

    Args:
        table: past requests, each with a positive.
        rows: their scaled features.
        seed: of the weights and the order of the requests.
    """
    torch.manual_seed(seed)
    network, sizes, chance = first_weights(rows.shape[1]), table.group_sizes, np.random.default_rng(seed)
    starts, steps = np.cumsum(sizes) - sizes, EPOCHS * -(-len(sizes) // BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    for _ in range(EPOCHS):
        order = chance.permutation(len(sizes))
        for at in range(0, len(order), BATCH):
            some = order[at : at + BATCH]
            place = np.arange(sizes[some].max())
            there = place < sizes[some, None]
            row = np.where(there, starts[some, None] + place, 0)
            scores = score(network, torch.from_numpy(rows[row])).masked_fill(~torch.from_numpy(there), -torch.inf)
            wanted = torch.from_numpy((table.label[row] > 0) & there)
            loss: Any = -torch.log_softmax(scores, dim=1)[wanted].sum() / len(some)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()


def measure(project: Path) -> tuple[dict[str, float], dict[str, Values]]:
    """Train trees and networks.

    Returns:
        CPU seconds of each, and NDCG@10 of each validation request by the trees, the network and both: for the
        requests of each half, with the weight of the network that is best for the other half.
    """
    names = read_recipe(project / "data/ranking/recipe.json").names
    table, valid = (
        table_of(read_table(project / f"data/ranking/{part}.parquet"), names) for part in ("train", "valid")
    )
    params, start = read_params(), time.process_time()
    trees = fit_ranker(table, valid, params).stopped.predict(valid.features)
    middle = time.process_time()
    scaler, learnt = Scaler(table.features), table.with_positive()
    rows, asked = scaler(learnt.features), torch.from_numpy(scaler(valid.features))
    scores = np.zeros(len(valid.label))
    for number in range(SEEDS):
        network = fit(learnt, rows, seed_for(params.base.seed, "network", number))
        with torch.no_grad():
            scores += score(network, asked).numpy() / SEEDS
    cost = {"trees": middle - start, "network": time.process_time() - middle}
    blends = np.stack([gains(valid, trees + weight * scores) for weight in WEIGHTS])
    half = generator(params.base.seed, "halves").random(blends.shape[1]) < 0.5
    best = {side: int(blends[:, half != side].mean(axis=1).argmax()) for side in (True, False)}
    both = np.where(half, blends[best[True]], blends[best[False]])
    return cost, {"trees": blends[0], "network": gains(valid, scores), "both": both}


def compare(values: dict[str, Values], seed: int, resamples: int) -> dict[str, Any]:
    """Return the means with intervals, and the differences from the trees on the same requests."""
    tables = {name: pd.DataFrame({"ndcg@10": own}) for name, own in values.items()}
    ranges = bootstrap(tables, generator(seed, "bootstrap"), resamples)
    pairs = [(name, "trees") for name in tables if name != "trees"]
    gaps = paired.differences(tables, pairs, generator(seed, "bootstrap"), resamples)
    means = {name: ranges[name]["ndcg@10"] | {"value": float(own.mean())} for name, own in values.items()}
    return {"ndcg@10": means, "differences": {name: found["ndcg@10"] for name, found in gaps.items()}}


def lines(found: dict[str, Any]) -> Iterator[dict[str, str | float]]:
    """Yield the lines of the printed table."""
    for name, own in found["ndcg@10"].items():
        gap = found["differences"].get(f"{name}_minus_trees")
        shown = "{difference:+.4f} [{low:+.4f}, {high:+.4f}]".format(**gap) if gap else ""
        yield {"ranker": name, "validation NDCG@10": f"{own['value']:.4f}", "minus trees": shown}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table and write benchmarks/results/neural_ranker_NAME.json."""
    parser = Parser(prog="python -m benchmarks.neural_ranker", description=__doc__)
    parser.add_argument("name", choices=MOVIELENS)
    parser.add_argument("--project", type=Path, required=True, help="where `build_ranking` ran on this log")
    chosen = parser.parse_args(argv)
    torch.set_num_threads(1)
    cost, values = measure(chosen.project)
    params = read_params()
    found = {"cpu_s": cost} | compare(values, params.base.seed, params.evaluate.resamples)
    report.save(f"neural_ranker_{chosen.name}", found)
    sys.stdout.write(report.table([*lines(found)]) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
