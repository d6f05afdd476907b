"""Train the LightGBM ranker on past requests, stopping early on validation requests, then once more on both.

Reads data/ranking/, writes models/ranker.{txt,json}, metrics/train_ranker.json and two tables in metrics/plots/.
"""

from collections.abc import Sequence
from pathlib import Path

from recommender.stage import parse, run

import pandas as pd

from recommender.engine.settings import EngineParams
from recommender.files import read_table, write_csv, write_json
from recommender.outputs import write_bytes
from recommender.params import load
from recommender.ranking.judging import Judged, judge, warn
from recommender.ranking.ranker import Ranker, importances, to_text
from recommender.ranking.recipe import Recipe, digest_of, read_recipe, write_recipe
from recommender.ranking.settings import RankerParams
from recommender.ranking.training import fit_ranker, table_of

INPUTS = ("data/ranking/train.parquet", "data/ranking/valid.parquet", "data/ranking/recipe.json")
PARAMS = ("train_ranker", "build_ranking.label", "base.seed", "engine.workers")


def describe(ranker: Ranker, judged: Judged) -> dict[str, object]:
    """Describe the ranker, and the result of the one that was validated."""
    validation = {"ndcg@10": judged.ndcg, "best_source_ndcg@10": judged.source_ndcg}
    counts = {"learned": int(judged.learned), "served_by_source": int(judged.served_by is not None)}
    return {"trees": ranker.n_trees, **counts, "validation": validation}


def save(ranker: Ranker, curve: list[float], recipe: Recipe) -> None:
    trees = to_text(ranker)
    write_bytes(Path("models/ranker.txt"), trees.encode())
    write_recipe(Path("models/ranker.json"), recipe.model_copy(update={"trees": digest_of(trees)}))
    rounds = [(0, number, value) for number, value in enumerate(curve, start=1)]
    write_csv(Path("metrics/plots/learning_curve.csv"), pd.DataFrame(rounds, columns=["seed", "round", "ndcg@10"]))
    gains = pd.DataFrame(importances(ranker, recipe.names).items(), columns=["feature", "gain"])
    write_csv(Path("metrics/plots/importances.csv"), gains.sort_values("gain", ascending=False, kind="stable"))


def work() -> None:
    params = load(RankerParams)
    recipe = read_recipe(Path(INPUTS[2]))
    rows, valid = (table_of(read_table(Path(name)), recipe.names) for name in INPUTS[:2])
    trained = fit_ranker(rows, valid, params, load(EngineParams).engine.workers)
    judged = judge(valid, recipe.names, trained.stopped)
    warn(judged, len(rows.label), params.train_ranker)
    save(trained.ranker, trained.curve, recipe.model_copy(update={"served_by": judged.served_by}))
    write_json(Path("metrics/train_ranker.json"), describe(trained.ranker, judged))


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
