"""Train the LightGBM ranker on past requests, stopping early on validation requests.

Reads data/ranking/. Writes models/ranker.txt (the trees), models/ranker.json (its features and how they are made),
metrics/train_ranker.json, metrics/plots/learning_curve.csv and metrics/plots/importances.csv.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from recommender.columns import LABEL, REQUEST
from recommender.params import load
from recommender.ranking.ranker import RankingTable, Trained, importances, ndcg, to_text, train
from recommender.ranking.recipe import Recipe
from recommender.seeds import seed_for
from recommender.stage import parse, run
from recommender.tables import read_json, read_table, write_bytes, write_json

INPUTS = (
    "data/ranking/train.parquet",
    "data/ranking/valid.parquet",
    "data/ranking/recipe.json",
)
PARAMS = ("train_ranker", "base.seed")
PLOTS = Path("metrics/plots")


def read_rows(path: Path, names: list[str]) -> RankingTable:
    frame = read_table(path)
    features = frame[names].to_numpy(dtype=np.float32)
    return RankingTable(frame[REQUEST].to_numpy(), frame[LABEL].to_numpy(), features)


def save(trained: Trained, recipe: Recipe, validation: dict[str, float]) -> None:
    write_bytes(Path("models/ranker.txt"), to_text(trained.booster).encode())
    write_json(Path("models/ranker.json"), recipe.model_dump())
    gains = importances(trained.booster, recipe.names)
    write_json(Path("metrics/train_ranker.json"), {"trees": trained.best, "validation": validation})
    curve = pd.DataFrame({"round": np.arange(1, len(trained.curve) + 1), "ndcg@10": trained.curve})
    shares = pd.DataFrame({"feature": gains.keys(), "gain": gains.values()}).sort_values("gain", ascending=False)
    for name, frame in {"learning_curve": curve, "importances": shares}.items():
        text = frame.to_csv(index=False, float_format="%.6f", lineterminator="\n")
        write_bytes(PLOTS / f"{name}.csv", text.encode())


def work() -> None:
    params = load()
    recipe = Recipe.model_validate(read_json(Path(INPUTS[2])))
    rows, valid = (read_rows(Path(name), recipe.names) for name in INPUTS[:2])
    trained = train(rows, valid, params.train_ranker, seed_for(params.base.seed, "ranker"))
    scores = trained.booster.predict(valid.features, num_threads=params.train_ranker.num_threads)
    save(trained, recipe, {"ndcg@10": ndcg(valid, np.asarray(scores))})


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
