"""Hold out events for validation and test: the last of each user, or everything after a date.

Reads data/prepared/interactions.parquet. Writes data/split/{train,valid,test,requests}.parquet, and
the counts to metrics/.
"""

from collections.abc import Sequence
from pathlib import Path

from recommender.stage import parse, run

from recommender.engine.opening import open_engine
from recommender.engine.settings import EngineParams
from recommender.log.part_split import TABLES, split_parts
from recommender.log.settings import Split
from recommender.measured import write_measured
from recommender.outputs import new_folder
from recommender.params import load
from recommender.parts import list_parts

INPUTS = ("data/prepared/interactions.parquet",)
PARAMS = ("split", "engine")
OUTPUT = Path("data/split")
HEADLINE = ("test.users",)


class Params(EngineParams):
    """The sections that this stage reads."""

    split: Split


def work() -> None:
    params = load(Params)
    paths = [path.absolute() for path in list_parts(Path(INPUTS[0]))]
    folders = {name: new_folder(OUTPUT / f"{name}.parquet") for name in TABLES}
    with open_engine(params) as engine:
        counts = split_parts(paths, folders, params.split, engine)
    write_measured("split", counts, HEADLINE)


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
