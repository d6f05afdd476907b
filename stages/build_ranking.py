"""Build the ranking dataset: candidates of past requests, with features and a label.

Reads data/split/{train,valid}.parquet, data/prepared/{items,users}.parquet and models/{svd,sequence}/validation.npz.
Writes data/ranking/{train,valid}.parquet, data/ranking/recipe.json (how they were made) and metrics.
"""

from collections.abc import Sequence
from pathlib import Path

from recommender.stage import parse, run

from recommender.engine.opening import open_engine
from recommender.engine.settings import EngineParams
from recommender.files import read_arrays, read_table, write_table
from recommender.log.histories import lengths_without
from recommender.measured import write_measured
from recommender.params import load
from recommender.parts import read_events
from recommender.ranking.build import ask_the_past, training_rows, validation_rows
from recommender.ranking.dataset import describe, to_frame
from recommender.ranking.described import describe_all
from recommender.ranking.recipe import Recipe, write_recipe
from recommender.ranking.settings import ModelParams
from recommender.retrieval.factors import ItemFactors
from recommender.retrieval.knowledge import active_sizes, knowledge_from_arrays

INPUTS = (
    *("data/split/train.parquet", "data/split/valid.parquet", "data/prepared/items.parquet"),
    *("data/prepared/users.parquet", "models/svd/validation.npz", "models/sequence/validation.npz"),
)
PARAMS = (
    *("base", "split.method", "split.ties", "train_svd.n_components", "train_svd.values", "train_svd.n_iter"),
    *("train_svd.index", "sequence", "candidates", "neural", "features", "build_ranking", "engine"),
)
OUTPUT = Path("data/ranking")
HEADLINE = ("train.rows", "valid.candidate.recall_union")


def work() -> None:
    params = load(ModelParams)
    train, valid = (read_events(Path(name)) for name in INPUTS[:2])
    items, users = (read_table(Path(name)) for name in INPUTS[2:4])
    described = describe_all([train, valid], items, users, params)
    del train  # it takes more memory than the histories
    histories, table = described.histories, described.items
    ends = lengths_without(histories, valid)
    known = histories.until(ends)
    past = ask_the_past(known, len(valid), params)
    factors = ItemFactors.from_arrays(read_arrays(Path(INPUTS[4])), histories.items, INPUTS[4])
    sizes = active_sizes(params.candidates, params.sequence)
    knowledge = knowledge_from_arrays(read_arrays(Path(INPUTS[5])), factors, known, sizes, INPUTS[5])
    with open_engine(load(EngineParams)) as engine:
        rows = {"train": training_rows(known, past, table, params, engine)}
        rows["valid"] = validation_rows(histories, ends, knowledge, table, params, engine)
    for name, part in rows.items():
        write_table(to_frame(part, histories), OUTPUT / f"{name}.parquet")
    sections = {"sequence": params.sequence, "candidates": params.candidates, "features": params.features}
    write_recipe(OUTPUT / "recipe.json", Recipe(**sections, **described.encodings, names=rows["train"].names))
    counts: dict[str, object] = {name: describe(part) for name, part in rows.items()}
    counts["past_requests_available"] = sum(asked.available for asked in past)
    write_measured("build_ranking", counts, HEADLINE)


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
