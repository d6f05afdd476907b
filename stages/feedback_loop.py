"""Close the loop: what is shown is clicked by simulated users, and every model is trained anew on the clicks.

Reads data/prepared/{interactions,items}.parquet. Writes models/feedback/ranker.{txt,json} (the last retrained ranker),
metrics/feedback_loop.json and two tables in metrics/plots/. Finished rounds are kept in data/.rounds/feedback_loop
until the run is over, so that a killed run goes on where it stopped.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from recommender.stage import fingerprint, parse, run

from recommender.files import read_table, write_bytes, write_json
from recommender.params import load
from recommender.threads import one_blas_thread
from recommender_lab.feedback.loop import ARMS, EXPLORING, TWO_STAGE, Shared, run_arm
from recommender_lab.feedback.loop_report import off_policy_report, off_policy_rows, round_rows, summarise
from recommender_lab.feedback.retrain import retrain
from recommender_lab.feedback.round_rows import plot_rows
from recommender_lab.feedback.rounds import Rounds
from recommender_lab.feedback.settings import LoopParams
from recommender_lab.feedback.world import build_world

INPUTS = ("data/prepared/interactions.parquet", "data/prepared/items.parquet")
PARAMS = (
    *("base.seed", "split.ties", "split.tie_seed"),
    *("train_svd.n_components", "train_svd.values", "train_svd.n_iter"),
    *("sequence", "candidates", "features", "build_ranking", "train_ranker", "feedback_loop"),
)
WORKERS = 2


def work() -> None:
    events, items = (read_table(Path(name)) for name in INPUTS)
    world, reference = build_world(events, items, load(LoopParams))
    rounds = Rounds(Path("data/.rounds/feedback_loop"), fingerprint(INPUTS, PARAMS).items())
    first = Shared(lambda: retrain(world.original, world.items, world.small))
    with one_blas_thread(), ThreadPoolExecutor(WORKERS) as pool:
        played = pool.map(lambda arm: run_arm(world, arm, first, rounds), ARMS)
        found = dict(zip(ARMS, played, strict=True))
        off_policy = off_policy_report(world, found[EXPLORING])
    rows = [row for arm, arm_rounds in found.items() for row in round_rows(world, arm, arm_rounds, reference)]
    write_bytes(Path("models/feedback/ranker.txt"), found[TWO_STAGE][-1].ranker.encode())
    write_json(Path("models/feedback/ranker.json"), found[TWO_STAGE][-1].recipe)
    write_json(Path("metrics/feedback_loop.json"), {"arms": summarise(rows), "off_policy": off_policy})
    write_json(Path("metrics/plots/feedback_loop.json"), {"feedback_loop": plot_rows(rows)})
    write_json(Path("metrics/plots/off_policy.json"), {"off_policy": off_policy_rows(off_policy)})
    rounds.forget()


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
