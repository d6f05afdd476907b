"""Fit all sources but those of the factorisation, once without the validation events and once with them.

Reads data/split/{train,valid}.parquet. Writes models/sequence/validation.npz (fitted on train) and
models/sequence/serving.npz (fitted on train and validation): see stages/train_svd.py.
"""

from collections.abc import Sequence
from pathlib import Path

from recommender.stage import parse, run

from recommender.columns import EVENT
from recommender.engine.opening import open_engine
from recommender.engine.settings import EngineParams
from recommender.files import write_arrays
from recommender.log.histories import build_histories, lengths_without
from recommender.params import load
from recommender.parts import read_events
from recommender.retrieval.knowledge import fit_sequence
from recommender.retrieval.settings import SequenceParams

INPUTS = ("data/split/train.parquet", "data/split/valid.parquet")
PARAMS = ("sequence", "candidates.neural", "neural", "split.ties", "base.seed", "engine")
OUTPUT = Path("models/sequence")


def work() -> None:
    params = load(SequenceParams)
    train, valid = (read_events(Path(name), EVENT) for name in INPUTS)
    histories = build_histories([train, valid])
    del train  # it takes more memory than the histories
    with open_engine(load(EngineParams)) as engine:
        write_arrays(OUTPUT / "serving.npz", *fit_sequence([histories], params, engine))
        histories = histories.until(lengths_without(histories, valid))  # the others would fill the memory
        write_arrays(OUTPUT / "validation.npz", *fit_sequence([histories], params, engine))


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
