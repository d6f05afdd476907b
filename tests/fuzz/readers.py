"""The readers, each with a good file and a check of what it read."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recommender.bundle.models import Models
from recommender.datasets.interaction_log import read_log
from recommender.datasets.movielens import read_100k
from recommender.datasets.prepared import complete
from recommender.datasets.selection import select
from recommender.files import npz_of, parse_arrays
from recommender.log.settings import Split
from recommender.params import Base, Sections, load
from recommender.ranking.ranker import Ranker, to_text
from recommender.ranking.recipe import Recipe, digest_of
from recommender.ranking.settings import Rerank
from recommender.request_log.lines import encode
from recommender_lab.check.sections import AllParams as Params
from recommender_lab.drift.reader import LogReader
from tests.datasets.helpers import LATEST, dataset
from tests.datasets.test_movielens import FILES_100K
from tests.recommender_lab.drift.made import line

LOG = "user_id,item_id,rating,timestamp,note\n" + "".join(
    f'{user},"{item}",{1 + item % 5},{900_000_000 + 100 * user + item},"x, {item}"\n'
    for user in range(4)
    for item in range(3)
)
ITEMS = "item_id,title,release_date,genres\n" + "".join(
    f'{item},"Film, {item}",{1990 + item},Drama|War\n' for item in range(5)
)
DATASET = dataset(earliest="1980-01-01")
OWN = Path(__file__).parents[2] / "params.yaml"


@dataclass(frozen=True)
class Reader:
    """A good file, and a function that reads one from a folder and raises AssertionError where a row is lost."""

    good: Callable[[], bytes]
    check: Callable[[Path, bytes], None]
    lines: bool = True


def _conserved(folder: Path, ids: list[tuple[str, str]]) -> None:
    """Compare what the reader returns with the ids that the file has, and what is selected with what is counted."""
    log = read_log(folder, DATASET, LATEST)
    events = log.interactions
    read = list(zip(events["user_id"].astype(str), events["item_id"].astype(str), strict=True))
    assert read == ids, f"read {read[:3]}, the file has {ids[:3]}"
    kept, counts = select(events, 0.5, 0)
    dropped = ("duplicate_rows_dropped", "repeats_dropped", "events_dropped_by_fraction")
    assert counts["rows"] == len(ids) == len(kept) + sum(counts[name] for name in dropped)


def _csv_rows(content: bytes) -> list[dict[str, str]]:
    header, *rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if row]
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_csv(folder: Path, content: bytes) -> None:
    (folder / "interactions.csv").write_bytes(content)
    try:
        rows = _csv_rows(content)
        ids = [(row["user_id"], row["item_id"]) for row in rows]
    except (ValueError, csv.Error, KeyError):
        ids = []
    _conserved(folder, ids)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def read_parquet(folder: Path, content: bytes) -> None:
    (folder / "interactions.parquet").write_bytes(content)
    try:
        table = pq.read_table(io.BytesIO(content), columns=["user_id", "item_id"]).to_pydict()
        ids = [(_text(user), _text(item)) for user, item in zip(table["user_id"], table["item_id"], strict=True)]
    except (pa.ArrowException, OSError, UnicodeDecodeError, KeyError):
        ids = []
    try:
        _conserved(folder, ids)
    finally:
        (folder / "interactions.parquet").unlink()


def read_items(folder: Path, content: bytes) -> None:
    (folder / "interactions.csv").write_text(LOG, encoding="utf-8")
    (folder / "items.csv").write_bytes(content)
    try:
        log = read_log(folder, DATASET, LATEST)
    finally:
        (folder / "items.csv").unlink()
    rows = _csv_rows(content)
    assert sorted(log.items["item_id"].astype(str)) == sorted(row["item_id"] for row in rows)
    assert set(log.items["title"]) == {row["title"] or row["item_id"] for row in rows}
    assert len(complete(log).items) == len(rows) + complete(log).counted["items_without_row"]


def _movielens(name: str) -> Callable[[Path, bytes], None]:
    def read(folder: Path, content: bytes) -> None:
        for other, text in FILES_100K.items():
            (folder / other).write_bytes(content if other == name else text.encode("latin-1"))
        log = read_100k(folder, LATEST)
        text = content.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
        rows = [row for row in text.split("\n") if row]
        found = log.interactions if name == "u.data" else log.items
        assert len(found) == len(rows), f"read {len(found)} of {len(rows)} lines"

    return read


class Some(Sections):
    base: Base
    split: Split
    rerank: Rerank


SOME = """# Some sections
base: {seed: 42, again_after_days: null}
split:
  method: global_time
  ties: hashed
  tie_seed: 0
  valid_from: 0.8
  test_from: 0.9
rerank: {diversity: 0.0, max_per_genre: null, exclude_genres: [War], exclude_items: [13, "050"], one_per_title: false}
"""


def read_params(folder: Path, content: bytes) -> None:
    (folder / "params.yaml").write_bytes(content)
    load(Some, folder / "params.yaml")


ARRAYS = {"ids": np.array(["a", "é", "x" * 50], dtype=object), "n": np.arange(60)}


def read_npz(_: Path, content: bytes) -> None:
    for name, values in parse_arrays(content, "a.npz").items():
        assert name not in ARRAYS or np.array_equal(values, ARRAYS[name]), name


@cache
def good_trees() -> str:
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 2))
    settings = {"num_leaves": 4, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1}
    booster = lgb.train(settings, lgb.Dataset(features, features[:, 0]), num_boost_round=3)
    return to_text(Ranker([booster]))


@cache
def own_params() -> Params:
    return load(Params, OWN)


class Trees(Models):
    """Models that are one text of trees, read as every answer reads them."""

    text = b""

    def path(self, part: str) -> Path:
        return self.root / part

    def content(self, part: str) -> bytes:
        return self.text

    histories: Any = None
    seed: Any = None

    @property
    def recipe(self) -> Recipe:
        params = own_params()
        settings = {name: getattr(params, name) for name in ("sequence", "candidates", "features")}
        return Recipe(**settings, names=["a", "b"], trees=digest_of(good_trees()))


def read_trees(folder: Path, content: bytes) -> None:
    models = type("These", (Trees,), {"text": content})(folder)
    assert to_text(models.ranker).encode() == good_trees().encode() == content


REQUESTS = b"".join(encode(one) for one in (line(0), line(1, user="7 é"), line(2)))


def read_requests(folder: Path, content: bytes) -> None:
    (folder / "a.jsonl").write_bytes(content)
    reader = LogReader([folder / "a.jsonl"])
    found = list(reader)
    rows = sum(bool(row.strip()) for row in content.split(b"\n"))
    assert len(found) == reader.whole
    assert reader.whole + reader.torn == rows, f"{reader.whole} whole and {reader.torn} torn of {rows} lines"


@cache
def good_parquet() -> bytes:
    rows = list(csv.DictReader(io.StringIO(LOG)))
    table = {
        "user_id": [row["user_id"] for row in rows],
        "item_id": pa.array([row["item_id"].encode() for row in rows]),
        "rating": [float(row["rating"]) for row in rows],
        "timestamp": [int(row["timestamp"]) for row in rows],
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(table), sink, write_page_checksum=True)
    return sink.getvalue()


READERS = {
    "csv": Reader(LOG.encode, read_csv),
    "parquet": Reader(good_parquet, read_parquet, lines=False),
    "items": Reader(ITEMS.encode, read_items),
    "u.data": Reader(lambda: FILES_100K["u.data"].encode("latin-1"), _movielens("u.data")),
    "u.item": Reader(lambda: FILES_100K["u.item"].encode("latin-1"), _movielens("u.item")),
    "params.yaml": Reader(SOME.encode, read_params),
    "npz": Reader(lambda: npz_of(ARRAYS), read_npz, lines=False),
    "ranker.txt": Reader(lambda: good_trees().encode(), read_trees),
    "request log": Reader(lambda: REQUESTS, read_requests),
}
