import os
import time
from pathlib import Path

import pandas as pd
import pytest

from recommender.files import read_table
from recommender.measured import read_details
from recommender.parts import read_events
from stages.prepare import PREPARED, RAW, main
from tests.datasets.helpers import HEADER
from tests.datasets.test_movielens import FILES_1M, FILES_100K, write_all
from tests.logs import file_of

PARAMS_YAML = Path("params.yaml").read_text(encoding="utf-8")
LOG = "user_id,item_id,rating,timestamp\nb,x y,3,200\na,x y,4,100\na,x y,4,100\na,z,5,100\na,x y,1,50\n"
METRICS = Path("metrics/details/prepare.csv")
OUTPUTS = [*(PREPARED / f"{name}.parquet" for name in ("interactions", "items", "users")), METRICS]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give an empty project."""
    monkeypatch.chdir(tmp_path)
    RAW.mkdir(parents=True)
    configure()


def configure(name: str = "movielens-100k", **changes: str) -> None:
    text = PARAMS_YAML.replace("name: movielens-100k", f"name: {name}")
    text = text if name != "interaction-log" else text.replace("  path:\n", "  path: log.csv\n")
    for key, value in changes.items():
        text = "\n".join(f"  {key}: {value}" if line.startswith(f"  {key}:") else line for line in text.split("\n"))
    Path("params.yaml").write_text(text, encoding="utf-8")


def own_log(text: str, **changes: str) -> None:
    configure("interaction-log", **{"earliest": '"1970-01-01"'} | changes)
    (RAW / "interactions.csv").write_text(text, encoding="utf-8")


def metrics() -> dict[str, object]:
    return read_details(METRICS)


def contents() -> list[bytes]:
    return [file_of(path).read_bytes() for path in OUTPUTS]


@pytest.mark.parametrize(("name", "files"), [("movielens-100k", FILES_100K), ("movielens-1m", FILES_1M)])
def test_movielens(name: str, files: dict[str, str]) -> None:
    configure(name)
    write_all(RAW, files)
    assert main([]) == 0
    events = read_events(PREPARED / "interactions.parquet")
    assert events.dtypes.astype(str).tolist() == ["int64", "int64", "float64", "datetime64[us, UTC]"]
    assert len(events) == metrics()["interactions"] == 3
    assert read_table(PREPARED / "users.parquet")["user_id"].is_monotonic_increasing
    assert read_table(PREPARED / "items.parquet")["title"].iloc[0].startswith("Café")


def test_an_own_log_with_everything_counted(caplog: pytest.LogCaptureFixture) -> None:
    own_log(LOG)
    with caplog.at_level("WARNING"):
        assert main([]) == 0
    starts = ["warning: 1 of 5 rows have the use", "warning: 1 of 5 rows (20.0%) are "]
    assert [message[:33] for message in caplog.messages] == starts
    events = read_events(PREPARED / "interactions.parquet")
    assert events[["user_id", "item_id", "rating"]].to_numpy().tolist() == [
        ["b", "x y", 3],
        ["a", "z", 5],
        ["a", "x y", 1],
    ]
    assert read_table(PREPARED / "items.parquet")["title"].tolist() == ["x y", "z"]
    assert read_table(PREPARED / "users.parquet")["user_id"].tolist() == ["a", "b"]
    assert metrics() == {
        "density": 0.75,
        "duplicate_rows_dropped": 1,
        "events_dropped_by_fraction": 0,
        "first_event": "1970-01-01T00:00:50+00:00",
        "interactions": 3,
        "events_collected": 0,
        "item_ids": "text",
        "items": 2,
        "items_in_catalogue": 2,
        "items_without_genre": 2,
        "items_without_row": 2,
        "last_event": "1970-01-01T00:03:20+00:00",
        "median_events_per_user": 1.5,
        "repeats_dropped": 1,
        "rows": 5,
        "rows_over_several_lines": 0,
        "share_of_repeats_dropped": 0.2,
        "share_of_users_with_tied_last_event": 0.0,
        "user_ids": "text",
        "users": 2,
        "users_dropped_by_fraction": 0,
        "users_erased": 0,
        "users_with_one_event": 1,
    }


def test_a_share_of_the_users_by_one_parameter() -> None:
    rows = "".join(f"u{user},i{item},3,{user}\n" for user in range(10) for item in range(3))
    own_log(HEADER + rows, user_fraction="0.3")
    assert main([]) == 0
    assert metrics()["users"] == 3
    assert metrics()["users_dropped_by_fraction"] == 7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LOG + "c,x,nan,5\n", "data/raw/interactions.csv (copy of dataset.path), line 7: column 'rating': found 'nan'"),
        (LOG + "c,x,3,99999999999\n", "expected a time that is not in the future"),
        (LOG + "c,x\n", "line 7: found 2 fields, expected 4"),
        ("user_id,item_id,rating,timestamp\n", "holds no rows"),
        ("a,b\n1,2\n", "column 'user_id' is missing, found 'a', 'b'"),
    ],
)
def test_a_broken_log_is_one_message_and_leaves_nothing(text: str, said: str, caplog: pytest.LogCaptureFixture) -> None:
    own_log(text)
    assert main([]) == 1
    assert len(caplog.messages) == 1
    assert said in caplog.messages[0]
    assert not any(path.exists() for path in OUTPUTS)


def test_a_broken_log_leaves_the_old_tables_alone() -> None:
    own_log(LOG)
    assert main([]) == 0
    before = contents()
    own_log(LOG + "broken\n")
    assert main([]) == 1
    assert contents() == before


def test_the_same_input_gives_the_same_bytes_in_any_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    own_log(LOG.replace(",200", ",2024-01-01T00:00:00").replace(",100", ",2023-06-01").replace(",50", ",2022-01-01"))
    assert main([]) == 0
    before = contents()
    monkeypatch.setitem(os.environ, "TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        assert main([]) == 0
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert contents() == before
    assert read_events(PREPARED / "interactions.parquet")["timestamp"].iloc[0] == pd.Timestamp("2024-01-01", tz="UTC")
