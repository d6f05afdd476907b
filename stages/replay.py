"""Replay the real log round by round: serve with what was known, measure on what then happened, learn.

Reads data/prepared/{interactions,items}.parquet. Writes metrics/replay.json and metrics/plots/replay.json. Finished
rounds are kept in data/.rounds/replay until the run is over, so that a killed run goes on where it stopped.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from recommender.stage import fingerprint, parse, run

from tqdm import tqdm

from recommender.files import read_table, write_json
from recommender.log.splitting import order_events
from recommender.params import load
from recommender.seeds import seed_for
from recommender.threads import one_blas_thread
from recommender_lab.feedback.replay import build_log
from recommender_lab.feedback.replay_models import answer, fits, served_rounds
from recommender_lab.feedback.replay_report import report
from recommender_lab.feedback.rounds import Rounds
from recommender_lab.feedback.schedules import arms
from recommender_lab.feedback.settings import ReplayParams

INPUTS = ("data/prepared/interactions.parquet", "data/prepared/items.parquet")
PARAMS = (
    *("base.seed", "split.ties", "split.tie_seed"),
    *("train_svd.n_components", "train_svd.values", "train_svd.n_iter"),
    *("sequence", "candidates", "features", "build_ranking", "train_ranker", "replay"),
)
WORKERS = 2


def work() -> None:
    params = load(ReplayParams)
    events, items = (read_table(Path(name)) for name in INPUTS)
    events = order_events(events, params.split.ties, params.split.tie_seed)
    log = build_log(events, params.replay, seed_for(params.base.seed, "replay"))
    rounds = Rounds(Path("data/.rounds/replay"), fingerprint(INPUTS, PARAMS).items())
    compared, numbers = arms(params.replay), served_rounds(log, params)
    wanted = fits(compared, numbers, params.replay.every)
    task = partial(answer, log, items_frame=items, params=params, rounds=rounds)
    with one_blas_thread(), ThreadPoolExecutor(WORKERS) as pool:
        answers = list(tqdm(pool.map(task, wanted), total=len(wanted), disable=None, unit="model"))
    metrics, rows = report(log, compared, dict(zip(wanted, answers, strict=True)), numbers, params)
    write_json(Path("metrics/replay.json"), metrics)
    write_json(Path("metrics/plots/replay.json"), {"replay": rows})
    rounds.forget()


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
