"""Simulate users who click on the recommended items, and fit every model again on the clicks.

Reads data/prepared/{interactions,items}.parquet. Writes models/feedback/ranker.{txt,json} (the last ranker fitted),
metrics and two tables in metrics/plots/. Finished rounds are kept in data/.rounds/feedback_loop
until the run ends, so that an interrupted run continues where it stopped.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from recommender.stage import fingerprint, parse, run

from recommender.files import read_table, write_json
from recommender.measured import write_measured
from recommender.outputs import write_bytes
from recommender.params import load
from recommender.parts import read_events
from recommender.ranking.recipe import Recipe, write_recipe
from recommender.threads import one_blas_thread
from recommender_lab.feedback.checkpoints import Checkpoints
from recommender_lab.feedback.loop import ARMS, EXPLORING, TWO_STAGE, InitialModel, run_arm
from recommender_lab.feedback.loop_metrics import measure_rounds, summarise
from recommender_lab.feedback.off_policy_check import evaluate_popular_first, off_policy_rows
from recommender_lab.feedback.rows import plot_rows
from recommender_lab.feedback.settings import LoopParams
from recommender_lab.feedback.world import build_world

INPUTS = ("data/prepared/interactions.parquet", "data/prepared/items.parquet")
PARAMS = (
    *("base.seed", "split.ties", "split.tie_seed"),
    *("train_svd.n_components", "train_svd.values", "train_svd.n_iter", "train_svd.index"),
    *("sequence", "candidates", "neural", "features", "build_ranking", "train_ranker", "feedback_loop"),
)
WORKERS = 2
HEADLINE = ("arms.*.last_round.click_through_rate", "off_policy.simulated.doubly_robust.bias")


def work() -> None:
    events, items = read_events(Path(INPUTS[0])), read_table(Path(INPUTS[1]))
    world = build_world(events, items, load(LoopParams))
    checkpoints = Checkpoints(Path("data/.rounds/feedback_loop"), fingerprint(INPUTS, PARAMS).items())
    initial = InitialModel(world)
    with one_blas_thread(), ThreadPoolExecutor(WORKERS) as pool:
        results = dict(zip(ARMS, pool.map(lambda arm: run_arm(world, arm, initial, checkpoints), ARMS), strict=True))
        visits = {arm: [result.visits for result in results[arm]] for arm in ARMS}
        off_policy = evaluate_popular_first(world, visits[EXPLORING])
    rows = [row for arm in ARMS for row in measure_rounds(world, arm, visits[arm])]
    last = results[TWO_STAGE][-1]
    write_bytes(Path("models/feedback/ranker.txt"), last.ranker.encode())
    write_recipe(Path("models/feedback/ranker.json"), Recipe.model_validate_json(last.recipe))
    write_measured("feedback_loop", {"arms": summarise(rows), "off_policy": off_policy}, HEADLINE)
    write_json(Path("metrics/plots/feedback_loop.json"), {"feedback_loop": plot_rows(rows)})
    write_json(Path("metrics/plots/off_policy.json"), {"off_policy": off_policy_rows(off_policy)})
    checkpoints.remove()


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
