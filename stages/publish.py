"""Fit the models of the evaluated run again on the whole log, and write them as one bundle for serving.

Reads data/prepared/, data/split/, data/ranking/, models/ and metrics/evaluate.json. Writes models/live/
and metrics/publish.json. The number of trees and all settings are those of the evaluated run.
"""

from collections.abc import Sequence
from pathlib import Path

from recommender.stage import parse, run

from recommender.bundle.artifacts import EVENTS, MODELS, Artifacts
from recommender.bundle.publish import bundle_files, latest_rows
from recommender.bundle.settings import PublishParams
from recommender.engine.opening import open_engine
from recommender.engine.settings import EngineParams
from recommender.files import read_json, read_table, write_json
from recommender.log.splitting import order_events
from recommender.outputs import remove, write_bytes
from recommender.params import load
from recommender.parts import read_events
from recommender.ranking.training import refit, table_of

LOG, TEST, EVALUATED = "data/prepared/interactions.parquet", "data/split/test.parquet", "metrics/evaluate.json"
ROWS = ("data/ranking/train.parquet", "data/ranking/valid.parquet")
INPUTS = (LOG, *EVENTS, TEST, *MODELS["two_stage"], *ROWS, EVALUATED)
PARAMS = (
    *("base", "split.method", "split.ties", "split.tie_seed"),
    *("train_svd.n_components", "train_svd.values", "train_svd.n_iter", "train_svd.index", "train_svd.index_recall"),
    *("sequence", "candidates.neural", "neural", "features", "rerank"),
    *("build_ranking.label", "build_ranking.max_valid_requests"),
    *("train_ranker.objective", "train_ranker.learning_rate", "train_ranker.num_leaves", "train_ranker.seeds"),
    *("train_ranker.min_data_in_leaf", "train_ranker.feature_fraction", "train_ranker.bagging_fraction"),
    *("train_ranker.lambda_l2", "train_ranker.truncation_level", "train_ranker.refit", "train_ranker.half_life_days"),
    *("train_ranker.num_threads", "engine"),
)
OUTPUT = Path("models/live")


def work() -> None:
    params, artifacts = load(PublishParams), Artifacts(Path())
    tables = [table_of(read_table(Path(name)), artifacts.recipe.names) for name in ROWS]
    parts, evaluated = [read_events(Path(name)) for name in (*EVENTS, TEST)], read_json(Path(EVALUATED))
    settings = load(EngineParams)
    with open_engine(settings) as engine:
        latest = latest_rows(artifacts, parts, params, engine)
        ranker = refit(artifacts.ranker, [*tables, latest], params, settings.engine.workers)
        events = order_events(read_events(Path(LOG)), params.split.ties, params.split.tie_seed)
        files = bundle_files(artifacts, events, ranker, params, evaluated, engine)
    for path in set(OUTPUT.glob("*")) - {OUTPUT / name for name in files}:
        remove(path)
    for name, content in files.items():
        write_bytes(OUTPUT / name, content)
    found = {"trees": ranker.n_trees, "latest_requests": len(latest.group_sizes)}
    write_json(Path("metrics/publish.json"), found)


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
