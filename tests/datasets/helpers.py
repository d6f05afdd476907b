"""Small files for the tests."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from recommender.datasets.raw_tables import RawTable
from recommender.datasets.settings import Dataset
from recommender.params import load
from recommender_lab.check.sections import AllParams as Params

LATEST = pd.Timestamp("2024-06-01", tz="UTC")
HEADER = "user_id,item_id,rating,timestamp\n"
PLAIN = HEADER + "1,10,3,100\n2,10,4,200\n1,20,5,300\n"


def zipped(members: Mapping[str, bytes], **options: Any) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return sink.getvalue()


def raw_table(**columns: Sequence[Any]) -> RawTable:
    arrays = {name: pa.chunked_array([list(values)]) for name, values in columns.items()}
    return RawTable("log.csv", arrays, lambda row: f"log.csv, line {row + 2}")


def dataset(**changes: Any) -> Dataset:
    base = load(Params).dataset.model_dump() | {"name": "interaction-log", "path": "log.csv", "earliest": "1970-01-01"}
    return Dataset.model_validate(base | changes)


def write(folder: Path, name: str, text: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def events(rows: Sequence[tuple[Any, Any, float, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "timestamp"])
    times = pd.Series(frame["timestamp"].to_numpy("datetime64[s]").astype("datetime64[us]")).dt.tz_localize("UTC")
    return frame.assign(timestamp=times, rating=frame["rating"].astype(float))
