"""Replay the real log round by round: recommend from earlier events, compare with what happened next, fit again.

Reads data/prepared/{interactions,items}.parquet. Writes metrics and metrics/plots/replay.json. Finished
rounds are kept in data/.rounds/replay until the run ends, so that an interrupted run continues where it stopped.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from recommender.stage import fingerprint, parse, run

from tqdm import tqdm

from recommender.files import read_table, write_json
from recommender.log.splitting import order_events
from recommender.measured import write_measured
from recommender.params import load
from recommender.parts import read_events
from recommender.seeds import seed_for
from recommender.threads import one_blas_thread
from recommender_lab.feedback.checkpoints import Checkpoints
from recommender_lab.feedback.replay import build_log
from recommender_lab.feedback.replay_metrics import summarise
from recommender_lab.feedback.replay_models import serve_rounds, served_rounds
from recommender_lab.feedback.rows import plot_rows
from recommender_lab.feedback.schedules import arms, rounds_by_version
from recommender_lab.feedback.settings import ReplayParams

INPUTS = ("data/prepared/interactions.parquet", "data/prepared/items.parquet")
PARAMS = (
    *("base", "split.ties", "split.tie_seed"),
    *("train_svd.n_components", "train_svd.values", "train_svd.n_iter", "train_svd.index"),
    *("sequence", "candidates", "neural", "features", "build_ranking", "train_ranker", "replay"),
)
WORKERS = 2
HEADLINE = ("arms.*_all_*.over_users.ndcg@*.mean",)


def work() -> None:
    params = load(ReplayParams)
    events, items = read_events(Path(INPUTS[0])), read_table(Path(INPUTS[1]))
    events = order_events(events, params.split.ties, params.split.tie_seed)
    log = build_log(events, params.replay, seed_for(params.base.seed, "replay"), params.base.again_after_days)
    checkpoints = Checkpoints(Path("data/.rounds/replay"), fingerprint(INPUTS, PARAMS).items())
    compared, numbers = arms(params.replay), served_rounds(log, params.replay)
    rounds = rounds_by_version(compared, numbers, params.replay.every)
    task = partial(serve_rounds, log, items=items, params=params, checkpoints=checkpoints)
    with one_blas_thread(), ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(task, rounds.keys(), rounds.values())
        served = list(tqdm(results, total=len(rounds), disable=None, unit="model"))
    by_version = dict(zip(rounds, served, strict=True))
    metrics, rows = summarise(log, compared, by_version, numbers, params.replay, params.base.seed)
    write_measured("replay", metrics, HEADLINE)
    write_json(Path("metrics/plots/replay.json"), {"replay": plot_rows(rows)})
    checkpoints.remove()


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
