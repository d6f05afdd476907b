import io
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import DataError
from recommender.files import (
    TIME_TYPE,
    parse_table,
    read_arrays,
    read_columns,
    read_json,
    read_table,
    read_text,
    write_arrays,
    write_json,
    write_table,
)
from recommender.outputs import write_bytes
from tests.logs import log

ODD_IDS = ["plain", "with space", 'with "quotes"', "it's", "🙂", "comma,semi;tab\t", "", "00042"]
EVENTS = log((1, 10, 4, 0), (1, 20, 5, 60), (2, 10, 3, 61))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "file"


class TestTable:
    def test_round_trip(self, path):
        write_table(EVENTS, path)
        pd.testing.assert_frame_equal(read_table(path), EVENTS)

    @pytest.mark.parametrize("ids", [ODD_IDS, [1, -5, 2**62], [0]], ids=["text", "integers", "one"])
    def test_ids_come_back_as_they_were(self, path, ids):
        write_table(pd.DataFrame({"user_id": ids, "item_id": ids}), path)
        read = read_table(path)
        assert read["user_id"].tolist() == read["item_id"].tolist() == ids

    @given(ids=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=8))
    def test_any_text_is_an_id(self, tmp_path_factory, ids):
        path = tmp_path_factory.getbasetemp() / "text.parquet"
        write_table(pd.DataFrame({"user_id": pd.Series(ids, dtype=object)}), path)
        assert read_table(path)["user_id"].tolist() == ids

    def test_types_do_not_depend_on_the_frame(self, path):
        frame = EVENTS.assign(rating=EVENTS["rating"].astype(np.float32), rank=[1, 2, 3], score=[1, 2, 3])
        write_table(frame.assign(timestamp=frame["timestamp"].dt.as_unit("s")), path)
        schema = pq.read_schema(path)
        types = {name: str(schema.field(name).type) for name in schema.names}
        assert types == {
            "user_id": "int64",
            "item_id": "int64",
            "rating": "double",
            "timestamp": str(TIME_TYPE),
            "rank": "int32",
            "score": "double",
        }

    def test_times_of_another_zone_are_stored_as_the_same_moment(self, path):
        write_table(EVENTS.assign(timestamp=EVENTS["timestamp"].dt.tz_convert("Asia/Kathmandu")), path)
        assert (read_table(path)["timestamp"] == EVENTS["timestamp"]).all()

    def test_same_values_same_bytes_whatever_the_index(self, path, tmp_path):
        write_table(EVENTS, path)
        write_table(EVENTS.set_index(np.array([7, 8, 9])), tmp_path / "other")
        assert path.read_bytes() == (tmp_path / "other").read_bytes()

    def test_columns_in_the_order_asked_for(self, path):
        write_table(EVENTS, path)
        assert list(read_table(path, ["rating", "user_id"]).columns) == ["rating", "user_id"]

    def test_an_empty_table_keeps_its_columns(self, path):
        write_table(EVENTS.iloc[:0], path)
        assert list(read_table(path).columns) == list(EVENTS.columns)

    def test_a_missing_column_is_named_with_those_found(self, path):
        write_table(EVENTS[["user_id", "item_id"]], path)
        with pytest.raises(DataError, match=r"file: column 'rating' is missing, found user_id, item_id"):
            read_table(path, ["user_id", "rating"])


class TestEvents:
    """`read_columns` returns what `read_table` returns."""

    @pytest.mark.parametrize(
        "frame",
        [
            EVENTS,
            EVENTS.iloc[:0],
            EVENTS.assign(user_id=["a", "", "ä"], device=["tv", None, "app"], battery=[1, np.nan, 2]),
        ],
        ids=["integers", "empty", "text"],
    )
    @pytest.mark.parametrize("columns", [None, ["timestamp", "user_id"]], ids=["all", "some"])
    def test_like_a_table(self, path, frame, columns):
        write_table(frame, path)
        pd.testing.assert_frame_equal(read_columns([path], columns), read_table(path, columns))

    def test_a_missing_column_is_named_with_those_found(self, path):
        write_table(EVENTS[["user_id", "item_id"]], path)
        with pytest.raises(DataError, match=r"file: column 'rating' is missing, found user_id, item_id"):
            read_columns([path], ["user_id", "rating"])


class TestArrays:
    def test_round_trip(self, path):
        arrays = {"a": np.arange(3), "b": np.array([[0.5, np.nan]], dtype=np.float32), "c": np.array([True])}
        write_arrays(path, arrays)
        read = read_arrays(path)
        assert all(np.array_equal(read[name], arrays[name], equal_nan=name == "b") for name in "abc")
        assert [read[name].dtype for name in "abc"] == [arrays[name].dtype for name in "abc"]

    def test_text_comes_back_as_python_strings(self, path):
        write_arrays(path, {"ids": np.array(ODD_IDS, dtype=object)})
        assert read_arrays(path)["ids"].tolist() == ODD_IDS

    def test_one_long_text_costs_its_own_bytes(self, path):
        """A thousand short ids and one of 100,000 characters: about 0.1 MB, not a thousand times that."""
        ids = [f"u{number}" for number in range(1000)] + ["x" * 100_000]
        write_arrays(path, {"ids": np.array(ids, dtype=object)})
        assert read_arrays(path)["ids"].tolist() == ids
        assert path.stat().st_size < 130_000

    def test_same_values_same_bytes(self, path, tmp_path):
        for place in (path, tmp_path / "other"):
            write_arrays(place, {"ids": np.array(["x"], dtype=object), "a": np.arange(3)})
        assert path.read_bytes() == (tmp_path / "other").read_bytes()

    def test_a_pickle_is_refused(self, path):
        path.parent.mkdir()
        with open(path, "wb") as file:
            np.savez(file, a=np.array([{}], dtype=object), allow_pickle=True)
        with pytest.raises(DataError, match="not a whole npz file"):
            read_arrays(path)

    def test_a_changed_byte_is_noticed(self, path):
        write_arrays(path, {"a": np.arange(1000)})
        content = bytearray(path.read_bytes())
        content[500] ^= 1
        path.write_bytes(content)
        with pytest.raises(DataError, match="CRC"):
            read_arrays(path)

    def test_an_unknown_compression_is_no_whole_file(self, path):
        write_arrays(path, {"a": np.arange(10)})
        content = bytearray(path.read_bytes())
        for header, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            content[content.index(header) + at] = 77
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"not a whole npz file .That compression method is not supported"):
            read_arrays(path)

    def test_a_message_does_not_repeat_the_file(self, path):
        write_arrays(path, {"a" * 10_000: np.arange(10)})
        path.write_bytes(path.read_bytes().replace(b"a" * 10_000, b"b" * 10_000, 1))
        with pytest.raises(DataError, match="not a whole npz file") as caught:
            read_arrays(path)
        assert len(str(caught.value)) < 600


class TestJson:
    def test_round_trip(self, path):
        values = {"b": {"x": 1, "y": [1.5, "é"]}, "a": None, "c": True}
        write_json(path, values)
        assert read_json(path) == values

    def test_keys_are_sorted_and_numbers_rounded(self, path):
        write_json(path, {"b": 1 / 3, "a": np.float32(0.5), "c": np.int64(2)})
        assert path.read_text() == '{\n  "a": 0.5,\n  "b": 0.333333,\n  "c": 2\n}\n'

    @pytest.mark.parametrize("value", [np.nan, np.inf, np.float32("nan"), -float("inf")])
    def test_what_is_undefined_is_left_out(self, path, value):
        write_json(path, {"a": {"b": value, "c": 1}})
        assert json.loads(path.read_text()) == {"a": {"c": 1}}

    def test_the_values_are_not_changed(self, path):
        values = {"a": {"b": np.nan}}
        write_json(path, values)
        assert list(values["a"]) == ["b"]


CONTENTS = {
    "table": (lambda path: write_table(EVENTS, path), read_table, "Parquet"),
    "events": (lambda path: write_table(EVENTS, path), lambda path: read_columns([path]), "Parquet"),
    "arrays": (lambda path: write_arrays(path, {"a": np.arange(100)}), read_arrays, "npz"),
    "json": (lambda path: write_json(path, {"a": 1, "b": [1, 2, 3]}), read_json, "JSON"),
}


@pytest.mark.parametrize("kind", CONTENTS)
class TestBrokenFile:
    def test_missing(self, path, kind):
        with pytest.raises(DataError, match="file: no such file; run `dvc repro`"):
            CONTENTS[kind][1](path)

    @pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.95])
    def test_truncated(self, path, kind, share):
        write, read, name = CONTENTS[kind]
        write(path)
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(DataError, match=f"file: not .*{name}.*run `dvc repro`"):
            read(path)

    @pytest.mark.parametrize("content", [b"\x00" * 50, b"PK\x03\x04 no archive", b"PAR1 no table PAR1", b"\xff\xfe{}"])
    def test_something_else(self, path, kind, content):
        write_bytes(path, content)
        with pytest.raises(DataError, match=f"file: not .*{CONTENTS[kind][2]}"):
            CONTENTS[kind][1](path)


@pytest.mark.parametrize("kind", ["table", "arrays"])
def test_a_flipped_bit_never_gives_other_values(path, kind):
    """Pages of Parquet and members of npz have checksums. What they do not cover is refused or changes nothing."""
    write, read, _ = CONTENTS[kind]
    write(path)
    whole = path.read_bytes()
    expected, ends = read(path), len(whole) - int.from_bytes(whole[-8:-4], "little") - 8
    silent = []
    for place in range(ends if kind == "table" else len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            found = read(path)
        except DataError:
            continue
        if repr(found) != repr(expected):
            silent.append(place)
    assert not silent


SCRIPT = """
import sys
from pathlib import Path
import numpy as np, pandas as pd
from recommender.files import write_arrays, write_json, write_table
folder = Path(sys.argv[1])
ids = pd.Series(sorted({"a", "b", "c"}), dtype=object)
write_table(pd.DataFrame({"user_id": ids, "timestamp": pd.to_datetime([0, 1, 2], unit="s", utc=True)}), folder / "t")
write_arrays(folder / "a", {"ids": ids.to_numpy(), "x": np.arange(5.0)})
write_json(folder / "j", {name: 1 for name in {"a", "b", "c"}})
"""


def test_same_bytes_in_another_zone_locale_and_hash_seed(tmp_path):
    made = []
    for seed, zone, locale in (("0", "UTC", "C"), ("1", "Asia/Tokyo", "C.UTF-8")):
        folder = tmp_path / seed
        place = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": "src"}
        subprocess.run([sys.executable, "-c", SCRIPT, str(folder)], env=place, check=True)
        made.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert made[0] == made[1]


class TestParseTable:
    def test_reads_what_was_written_from_bytes(self, path):
        write_table(EVENTS, path)
        pd.testing.assert_frame_equal(parse_table(io.BytesIO(path.read_bytes()), "it"), read_table(path))

    def test_names_what_is_broken(self):
        with pytest.raises(DataError, match="it: not a whole Parquet file"):
            parse_table(io.BytesIO(b"nothing"), "it")


@pytest.mark.parametrize("read", [read_table, lambda path: read_columns([path]), read_arrays, read_json, read_text])
class TestWhatCannotBeRead:
    def test_a_folder(self, read, tmp_path):
        with pytest.raises(
            DataError, match=r": cannot be read \(Is a directory\); correct the path or its permissions"
        ):
            read(tmp_path)

    def test_a_file_that_is_not_there(self, read, tmp_path):
        with pytest.raises(DataError, match=r"x: no such file; run `dvc repro` to make it, or `dvc checkout`"):
            read(tmp_path / "x")


def test_a_text_of_other_bytes_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"x: not text in UTF-8 .* delete it, then run `dvc repro`; "):
        read_text(tmp_path / "x")
