import io
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recommender.datasets.interaction_log import read_log
from recommender.datasets.prepared import Log, complete
from recommender.errors import DataError, ParameterError
from tests.datasets.helpers import HEADER, LATEST, PLAIN, dataset, write


def read(folder: Path, log: str | bytes, items: str | None = None, **changes: Any) -> Log:
    write(folder, "interactions.csv", log)
    if items is not None:
        write(folder, "items.csv", items)
    return read_log(folder, dataset(**changes), LATEST)


def refusal(folder: Path, log: str | bytes, items: str | None = None, **changes: Any) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, log, items, **changes)
    return str(caught.value)


def parquet(folder: Path, **columns: Any) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    write(folder, "interactions.parquet", sink.getvalue())


def test_a_plain_log_in_the_order_of_its_file(tmp_path: Path) -> None:
    log = read(tmp_path, PLAIN)
    assert log.interactions.dtypes.astype(str).to_dict() == {
        "user_id": "int64",
        "item_id": "int64",
        "rating": "float64",
        "timestamp": "datetime64[us, UTC]",
    }
    assert log.interactions["user_id"].tolist() == [1, 2, 1]
    assert log.interactions["rating"].tolist() == [3.0, 4.0, 5.0]
    assert log.interactions["timestamp"].iloc[0].isoformat() == "1970-01-01T00:01:40+00:00"
    assert len(log.items) == 0


def test_columns_may_have_any_name_and_no_rating(tmp_path: Path) -> None:
    names = {"user": "who", "item": "what", "timestamp": "at", "rating": None}
    log = read(tmp_path, "what,note,at,who\nA,x,2024-01-01,u\nB,y,2024-01-02,v\n", columns=names)
    assert log.interactions["rating"].tolist() == [1.0, 1.0]
    assert log.interactions["user_id"].tolist() == ["u", "v"]


def test_ids_with_spaces_quotes_commas_and_emoji_stay_as_they_are(tmp_path: Path) -> None:
    names = ["a b", 'say "hi"', "🎬, cut", " lead", "007"]
    rows = "".join('"' + name.replace('"', '""') + f'",{number},1,5\n' for number, name in enumerate(names))
    assert read(tmp_path, HEADER + rows).interactions["user_id"].tolist() == names


def test_users_and_items_each_decide_on_their_own_type(tmp_path: Path) -> None:
    log = read(tmp_path, HEADER + "1,7,1,5\n2,007,1,5\n").interactions
    assert log["user_id"].tolist() == [1, 2]
    assert log["item_id"].tolist() == ["7", "007"]


def test_parquet_with_typed_columns(tmp_path: Path) -> None:
    times = [pd.Timestamp("2024-01-01T12:00:00.5"), pd.Timestamp("2024-01-02")]
    parquet(tmp_path, user_id=["u", "v"], item_id=[1, 2], rating=[1, 2], timestamp=times)
    log = read_log(tmp_path, dataset(), LATEST).interactions
    assert log["item_id"].tolist() == [1, 2]
    assert log["timestamp"].iloc[0].isoformat() == "2024-01-01T12:00:00.500000+00:00"


@pytest.mark.parametrize(
    ("row", "column", "found", "expected"),
    [
        (",10,3,100", "user_id", "''", "expected an id"),
        ("NaN,10,3,100", "user_id", "'NaN'", "expected an id"),
        ("1,  ,3,100", "item_id", "'  '", "expected an id"),
        ("1,30,NaN,100", "rating", "'NaN'", "expected a finite number"),
        ("1,30,inf,100", "rating", "'inf'", "expected a finite number"),
        ("1,30,-Infinity,100", "rating", "'-Infinity'", "expected a finite number"),
        ("1,30,,100", "rating", "''", "expected a finite number"),
        ("1,30,1e13,100", "rating", "'1e13'", "expected a finite number, at most 1e+12"),
        ("1\0,30,3,100", "user_id", r"'1\x00'", "expected an id: not empty"),
        ("1,30,good,100", "rating", "'good'", "expected a finite number"),
        ("1,30,5.5,100", "rating", "'5.5'", "expected a rating from 0.5 to 5"),
        ("1,30,0,100", "rating", "'0'", "expected a rating from 0.5 to 5"),
        ("1,30,3,-5", "timestamp", "'-5'", "expected a time from 1970-01-01 (dataset.earliest) on"),
        ("1,30,3,soon", "timestamp", "'soon'", "expected seconds since 1970"),
        ("1,30,3,", "timestamp", "''", "expected seconds since 1970"),
        ("1,30,3,1717200001", "timestamp", "'1717200001'", "expected a time that is not in the future"),
        ("1,30,3,1e300", "timestamp", "'1e300'", "expected a time that is not in the future"),
    ],
)
def test_a_broken_value_is_named_with_its_line(
    tmp_path: Path, row: str, column: str, found: str, expected: str
) -> None:
    message = refusal(tmp_path, f"{PLAIN}{row}\n1,40,3,100\n", rating_scale=(0.5, 5), time_unit="s")
    assert message.startswith(f"{tmp_path}/interactions.csv (copy of dataset.path), line 5: column {column!r}: ")
    assert f"found {found}, {expected}" in message
    assert message.endswith("; the only such row; correct the file, or section dataset of params.yaml")


def test_the_last_valid_moment_is_valid(tmp_path: Path) -> None:
    assert len(read(tmp_path, f"{PLAIN}1,30,3,1717200000\n").interactions) == 4


def test_broken_rows_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    message = refusal(tmp_path, f"{PLAIN}1,30,x,100\n1,40,y,100\n1,50,3,100\n1,60,z,100\n")
    assert "line 5: column 'rating': found 'x'" in message
    assert "the first of 3 such rows" in message


def test_the_line_is_right_after_blank_lines_and_quoted_line_ends(tmp_path: Path) -> None:
    message = refusal(tmp_path, HEADER + '1,"a\nb",3,100\n\n2,c,3,100\n1,d,bad,100\n')
    assert "line 6: column 'rating'" in message


def test_the_file_s_own_name_of_a_column_is_said(tmp_path: Path) -> None:
    names = {"user": "who", "item": "what", "timestamp": "at", "rating": None}
    assert "line 3: column 'at': found 'x'" in refusal(tmp_path, "who,what,at\n1,2,3\n1,3,x\n", columns=names)


def test_a_parquet_row_is_named_too(tmp_path: Path) -> None:
    parquet(tmp_path, user_id=["u", None], item_id=[1, 2], rating=[1.0, 2.0], timestamp=[1, 2])
    with pytest.raises(
        DataError, match=r"interactions.parquet .*, row 2: column 'user_id': found None, expected an id"
    ):
        read_log(tmp_path, dataset(), LATEST)


def test_iso_times_need_iso(tmp_path: Path) -> None:
    message = refusal(tmp_path, HEADER + "1,10,3,2024-01-01\n2,20,3,01/02/2024\n")
    assert "line 3: column 'timestamp': found '01/02/2024', expected seconds since 1970 or, if the first row" in message
    assert "found '100', expected ISO 8601 such as" in refusal(tmp_path, PLAIN, time_unit="iso")


def test_milliseconds_taken_for_seconds_are_the_future(tmp_path: Path) -> None:
    message = refusal(tmp_path, HEADER + "1,10,3,881250949000\n2,20,3,881250949000\n")
    assert "in the future" in message
    assert "(dataset.time_unit: auto)" in message
    log = read(tmp_path, HEADER + "1,10,3,881250949000\n2,20,3,881250949000\n", time_unit="ms")
    assert log.interactions["timestamp"].iloc[0].isoformat() == "1997-12-04T15:55:49+00:00"


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("", "is empty"),
        (HEADER, "holds no rows"),
        ("user_id,item_id,rating\n1,2,3\n", "column 'timestamp' is missing, found 'user_id', 'item_id', 'rating'"),
        (PLAIN + "1,2\n", "line 5: found 2 fields, expected 4"),
        (PLAIN.encode() + b"1,\xff,3,100\n", "line 5: byte 0xff is not UTF-8"),
        (HEADER + "1,10,3,100\n1,20,3,200\n", "found only one user (1), expected at least two; use a larger log"),
        (HEADER + "a,x,3,100\nb,x,3,200\n", "found only one item ('x'), expected at least two; use a larger log"),
    ],
)
def test_a_broken_log_is_refused(tmp_path: Path, log: str | bytes, said: str) -> None:
    message = refusal(tmp_path, log)
    assert message.startswith(f"{tmp_path}/interactions.csv")
    assert said in message


def test_a_log_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"interactions.csv: cannot be read"):
        read_log(tmp_path, dataset(), LATEST)


def test_two_columns_cannot_have_one_name(tmp_path: Path) -> None:
    names = {"user": "id", "item": "id", "timestamp": "at", "rating": None}
    with pytest.raises(ParameterError, match=r"dataset.columns: id, id, at: expected a different name for each column"):
        read(tmp_path, "id,at\n1,2\n", columns=names)


ITEMS = "item_id,title,release_date,genres\n20,B,1999,Drama|Action\n10,,,\n30,C,2001-02-03,\n"


def test_items_are_joined_by_id(tmp_path: Path) -> None:
    items = complete(read(tmp_path, PLAIN, ITEMS)).items
    assert items.drop(columns="release_date").to_dict("list") == {
        "item_id": [10, 20, 30],
        "title": ["10", "B", "C"],
        "genre_Action": [0, 1, 0],
        "genre_Drama": [0, 1, 0],
    }
    assert items["release_date"].fillna("").tolist() == ["", "1999-01-01", "2001-02-03"]


def test_items_may_have_only_ids(tmp_path: Path) -> None:
    names = {"item": "key", "title": None, "release_date": None, "genres": None}
    items = read(tmp_path, PLAIN, "key\n10\n20\n", item_columns=names).items
    assert items["title"].tolist() == ["10", "20"]


def test_item_ids_are_integers_only_if_they_are_in_both_files(tmp_path: Path) -> None:
    log = read(tmp_path, PLAIN, ITEMS + "A1,D,,\n")
    assert log.interactions["item_id"].tolist() == ["10", "10", "20"]
    assert log.items["item_id"].tolist() == ["10", "20", "30", "A1"]
    assert log.interactions["user_id"].dtype == "int64"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("10,again,,", "line 5: column 'item_id': found '10', expected each item once; the only such row"),
        (",D,,", "line 5: column 'item_id': found '', expected an id"),
        ("40,D,soon,", "line 5: column 'release_date': found 'soon', expected nothing, a year or an ISO 8601 date"),
        ("40,D,1999", "line 5: found 3 fields, expected 4"),
    ],
)
def test_a_broken_item_is_named_with_its_line(tmp_path: Path, row: str, said: str) -> None:
    message = refusal(tmp_path, PLAIN, f"{ITEMS}{row}\n")
    assert message.startswith(f"{tmp_path}/items.csv (copy of dataset.items_path)")
    assert said in message


@pytest.mark.parametrize("ids", ["007", "x7.0", "70"])
def test_a_table_of_items_that_has_none_of_the_log_is_refused(tmp_path: Path, ids: str) -> None:
    message = refusal(tmp_path, PLAIN, f"item_id,title,release_date,genres\n{ids},A,,\n")
    assert message.startswith(
        f"{tmp_path}/items.csv (copy of dataset.items_path): has no item of the log; its ids look"
    )
    assert "write them in the same way, or set dataset.items_path to null" in message


def read_parquet_items(folder: Path, **columns: Any) -> pd.DataFrame:
    sink = io.BytesIO()
    pq.write_table(pa.table({"item_id": [10, 20]} | columns), sink)
    write(folder, "items.parquet", sink.getvalue())
    write(folder, "interactions.csv", PLAIN)
    names = {name: name if name in columns else None for name in ("title", "release_date", "genres")}
    return read_log(folder, dataset(item_columns={"item": "item_id"} | names), LATEST).items


@pytest.mark.parametrize("genres", [[["x", " "], None], [["x", None], []], ["x| ", None]])
def test_genres_of_a_parquet_file_are_lists_or_text(tmp_path: Path, genres: list[Any]) -> None:
    assert read_parquet_items(tmp_path, genres=genres)["genre_x"].tolist() == [1, 0]


def test_genres_of_a_parquet_file_may_all_be_empty_lists(tmp_path: Path) -> None:
    items = read_parquet_items(tmp_path, genres=pa.array([[], [None]], pa.list_(pa.null())))
    assert not [name for name in items if name.startswith("genre_")]


@pytest.mark.parametrize("values", [[[1], [2, 3]], [{"a": "x"}, {"a": "y"}], [[{"a": 1}], None]])
def test_other_types_are_no_genres(tmp_path: Path, values: list[Any]) -> None:
    with pytest.raises(DataError, match=r"column 'genres' holds .*, expected text or lists of text; convert it"):
        read_parquet_items(tmp_path, genres=values)


def test_a_list_is_no_title(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column 'title' holds list<.*, expected text; convert it"):
        read_parquet_items(tmp_path, title=[["A"], ["B"]])


def test_a_moment_that_python_has_no_date_for(tmp_path: Path) -> None:
    far = pa.array([1 << 40, 0]).cast(pa.timestamp("s"))
    parquet(tmp_path, user_id=["u", "v"], item_id=[1, 2], rating=[1, 2], timestamp=far)
    with pytest.raises(DataError, match=r"row 1: column 'timestamp': found .*, expected a time that is not in the"):
        read_log(tmp_path, dataset(), LATEST)
    (tmp_path / "interactions.parquet").unlink()
    with pytest.raises(DataError, match=r"row 1: column 'release_date': found .*, expected nothing, a year or an ISO"):
        read_parquet_items(tmp_path, release_date=far)


def test_more_genres_than_any_catalogue_has_mean_a_wrong_separator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.datasets.genres.MOST_GENRES", 1)
    assert "found 2 genres, expected at most 1; check dataset.genre_separator ('|')" in refusal(tmp_path, PLAIN, ITEMS)


def test_another_separator(tmp_path: Path) -> None:
    items = read(tmp_path, PLAIN, "item_id,title,release_date,genres\n10,A,,x; y ;\n", genre_separator=";").items
    assert [name for name in items if name.startswith("genre_")] == ["genre_x", "genre_y"]
