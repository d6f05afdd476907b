"""Factorise the user x item matrix, once without the validation events and once with them.

Reads data/split/{train,valid}.parquet. Writes models/svd/validation.npz (fitted on train; used for
validation), models/svd/serving.npz (fitted on train and validation; test and serving use it), and metrics.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from recommender.stage import parse, run

from recommender.columns import EVENT
from recommender.engine.opening import open_engine
from recommender.engine.settings import EngineParams
from recommender.files import write_arrays
from recommender.log.histories import build_histories, lengths_without
from recommender.log.views import draw_users, next_requests
from recommender.measured import write_measured
from recommender.params import load
from recommender.parts import read_events
from recommender.retrieval.candidates import recall_at
from recommender.retrieval.index_recall import SIZE, require_recall
from recommender.retrieval.knowledge import fit_svd
from recommender.retrieval.settings import SvdParams
from recommender.retrieval.sources.svd import Svd
from recommender.seeds import seed_for

INPUTS = ("data/split/train.parquet", "data/split/valid.parquet")
PARAMS = ("train_svd", "base", "engine")
OUTPUT = Path("models/svd")
RECALL_REQUESTS = 5000
"""Validation requests whose recall is measured, at most: each is scored against all items."""


def work() -> None:
    params = load(SvdParams)
    train, valid = (read_events(Path(name), EVENT) for name in INPUTS)
    histories = build_histories([train, valid], params.base.again_after_days)
    del train  # it takes more memory than the histories
    ends = lengths_without(histories, valid)
    known = histories.until(ends)
    with open_engine(load(EngineParams)) as engine:
        models = {"validation": fit_svd(known, params, engine), "serving": fit_svd(histories, params, engine)}
    for name, model in models.items():
        write_arrays(OUTPUT / f"{name}.npz", model.arrays(histories.items))
    source = Svd.from_arrays({}, models["validation"])
    asked = next_requests(histories, ends, request_time=False)
    requests = draw_users(asked, RECALL_REQUESTS, seed_for(params.base.seed, "recall"))
    recall = recall_at(source, histories, requests, known.counts > 0, params.train_svd.recall_at)
    explained = {name: float(model.explained_variance.sum()) for name, model in models.items()}
    shares = {f"recall@{size}": share for size, share in recall.items()}
    found = {"explained_variance": explained, "validation_candidates": shares}
    fitted_to = {"validation": known, "serving": histories}
    index_recall = {name: require_recall(model, fitted_to[name], params) for name, model in models.items()}
    if params.train_svd.index != "exact":
        found["index_recall"] = index_recall
        text = "train_svd.index: %s finds %.4f (validation) and %.4f (serving) of the %d best items"
        logging.getLogger(__name__).info(text, params.train_svd.index, *index_recall.values(), SIZE)
    write_measured("train_svd", found, [f"validation_candidates.recall@{max(recall)}", "index_recall.*"])


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
