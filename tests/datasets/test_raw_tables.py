import csv
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.datasets.raw_tables import RawTable, read_delimited, read_user_table
from recommender.errors import DataError
from tests.datasets.helpers import raw_table, write


def read(tmp_path: Path, text: str | bytes, *columns: str) -> RawTable:
    return read_user_table(write(tmp_path, "log.csv", text), columns, "dataset.path")


def parquet(folder: Path, table: pa.Table) -> Path:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return write(folder, "log.parquet", sink.getvalue())


def test_every_column_of_a_csv_is_text_as_it_stands(tmp_path: Path) -> None:
    table = read(tmp_path, 'b,a,x\n007, 4 ,y\n"1,2","say ""hi""",z\n', "a", "b")
    assert {name: table.texts(name) for name in table.columns} == {"a": [" 4 ", 'say "hi"'], "b": ["007", "1,2"]}


@pytest.mark.parametrize("text", ["\ufeffa,b\r\n1,2\r\n", "a,b\r1,2", "a,b\n1,2"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text, "a", "b").texts("a") == ["1"]


def test_the_line_of_a_row_counts_blank_lines_and_lines_inside_quotes(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\n1,2\n\n3,"two\nlines"\n5,6\n', "a", "b")
    assert [table.place(row).rpartition(" ")[2] for row in range(3)] == ["2", "4", "6"]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1, max_size=5))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    """The numbers of commas differ from line to line, so that no part of a value looks like rows."""
    values = [f",,{value}" for value in values]
    sink = io.StringIO(newline="")
    csv.writer(sink, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *([value, "x"] for value in values)])
    assert read(tmp_path_factory.mktemp("csv"), sink.getvalue(), "a").texts("a") == values


def test_two_stray_quotes_that_swallow_rows_are_refused(tmp_path: Path) -> None:
    rows = [f"{row},{row},3" for row in range(2, 13)]
    for column in range(3):
        fields, last = rows[0].split(","), rows[-1].split(",")
        fields[column], last[column] = f'"{fields[column]}', f'{last[column]}"'
        text = "\n".join(["a,b,c", "1,1,3", ",".join(fields), *rows[1:-1], ",".join(last), "13,13,3", ""])
        with pytest.raises(DataError, match=r"line 3: a quoted value goes on to line 13, and line 3 .* stray quotes"):
            read(tmp_path, text, "a")


def test_rows_over_several_lines_are_counted(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b,c\n1,"x\ny",2\n\n"p,\nq,\nr",5,6\n7,"8",9\n', "a").long_rows == 2
    assert read(tmp_path, 'a,b,c\n7,"8",9\n', "a").long_rows == 0


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"log.csv \(copy of dataset.path\): column 'user' is missing, found 'a;b', ' c'"
    ):
        read(tmp_path, "a;b, c\n1,2\n", "user")


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_is_named(tmp_path: Path, separator: str) -> None:
    with pytest.raises(DataError, match=r"log.csv .*: found '.*' between the columns, expected ','; export it with"):
        read(tmp_path, separator.join(["a", '"b"', "c"]) + "\n", "b", "a")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "compressed"),
        (b"PK\x03\x04\x14\x00\xff", "a workbook"),
        (b"PAR1\x15\x04\xc0", "Parquet"),
    ],
)
def test_what_is_not_text_is_told_by_its_kind(tmp_path: Path, content: bytes, kind: str) -> None:
    with pytest.raises(
        DataError, match=rf"log.csv .*: is .*{kind}.*, expected CSV as plain text; unpack it, or name it"
    ):
        read(tmp_path, content, "a")


def test_json_under_the_name_of_a_csv_is_told_in_few_words(tmp_path: Path) -> None:
    for text in ('{"a": 1}', '[{"a": 1}]' * 5000, '[\n {"a": 1, "b": 2}]', '[[1, "a"]]'):
        with pytest.raises(DataError, match=r"log.csv .*: is JSON, expected CSV") as caught:
            read(tmp_path, text, "user")
        assert len(str(caught.value)) < 300


def test_a_long_header_is_shortened(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column 'user' is missing, found 'x0', 'x1', .*…; name the columns") as caught:
        read(tmp_path, ",".join(f"x{number}" for number in range(20_000)) + "\n", "user")
    assert len(str(caught.value)) < 800


def test_a_comma_at_the_end_of_each_line_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"line 2: found 3 fields, expected 2; .*; take away each ',' at the end of the"
    ):
        read(tmp_path, "a,b\n1,2,\n3,4,\n", "a")
    with pytest.raises(
        DataError, match=r"line 2: found 2 fields, expected 3; .*; take away the ',' at the end of the h"
    ):
        read(tmp_path, "a,b,\n1,2\n3,4\n", "a")


@pytest.mark.parametrize(
    ("rows", "advice"),
    [
        ("1,2,,\n", "take away each ',' at the end of the line"),
        ("1,2,5,3\n", "put quotes around a value with ',' in it"),
        ("1,2\n3\n", "add what is missing; the last line of a file may be cut"),
        ('"1,2\n3,4\n5,6"\n', "take away the stray quote with which a value goes on to other lines"),
    ],
)
def test_the_advice_fits_the_fault_of_the_row(tmp_path: Path, rows: str, advice: str) -> None:
    with pytest.raises(DataError, match=rf"line [23]: found \d fields, expected 2; the only such row; {advice}$"):
        read(tmp_path, f"a,b\n{rows}", "a")


def test_values_of_any_length_are_read_and_the_lines_after_them_found(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\n"' + "x" * (1 << 18) + '",1\n"y\nz",2\n', "a")
    assert [len(text or "") for text in table.texts("a")] == [1 << 18, 3]
    assert table.place(1).endswith("line 3")


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column 'a' is there more than once"):
        read(tmp_path, "a,a\n1,2\n", "a")


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no rows, expected at least one after the header"):
        read(tmp_path, "a,b\n", "a")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is empty, expected a header"):
        read(tmp_path, "\n\n", "a")


def test_ragged_lines_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"log.csv .*, line 3: found 3 fields, expected 2; the first of 2 such rows"):
        read(tmp_path, "a,b\n1,2\n3,4,5\n6,7\n8\n", "a", "b")


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n1,2\n3,"4\n5,6\n7,8\n',
        'a,b\n1,2\n3,"4\n5,6\n7,"8\n',
        'a,b\r1,2\r3,"4\r5,6\r',
        'a,b\n1,2\n"3,4\n5,6\n7,8\n9,10\n',
        'a,b\n1,2\n3,"4\n5,"6',
        'a,b\n1,2\n3,"4\n5,6',
    ],
)
def test_a_quote_that_swallows_lines_is_an_error_that_names_where_it_begins(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"log.csv .*(line 3|quote that is not closed)"):
        read(tmp_path, text, "a", "b")


def test_a_swallowing_quote_in_a_column_that_nobody_reads_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 2: not valid CSV .*close the quote"):
        read(tmp_path, 'a,b\n1,"2\n3,4\n', "a")


def test_a_quote_inside_plain_text_is_text(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n5" disk,2\n\n3,4\n', "a").texts("a") == ['5" disk', "3"]


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 3: byte 0xe9 is not UTF-8; save the file as UTF-8"):
        read(tmp_path, b"a,b\n1,2\ncaf\xe9,4\n", "a", "b")


def test_a_file_in_utf16_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1: byte 0xff is not UTF-8"):
        read(tmp_path, "a,b\n1,2\n".encode("utf-16"), "a", "b")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"log.csv: cannot be read .*run `dvc repro`"):
        read_user_table(tmp_path / "log.csv", ["a"], "dataset.path")


def test_parquet_keeps_its_types_and_names_rows(tmp_path: Path) -> None:
    path = parquet(tmp_path, pa.table({"a": [7, 8], "b": ["x", None], "c": [1.5, 2.5]}))
    table = read_user_table(path, ["b", "a"], "dataset.path")
    assert table.texts("a") == ["7", "8"]
    assert table.texts("b") == ["x", None]
    assert table.place(1).endswith("(copy of dataset.path), row 2")


BINARY = (pa.binary(), pa.large_binary(), pa.binary(6), pa.dictionary(pa.int8(), pa.binary()))


def test_binary_columns_of_parquet_are_text_in_utf8(tmp_path: Path) -> None:
    text = pa.array(["Film 1", None, "Film 2"])
    lists = pa.array([["x"], None, ["y", "z"]])
    for kind in BINARY:
        column = text.cast(pa.binary()).cast(kind) if kind != BINARY[3] else text.cast(pa.binary()).dictionary_encode()
        table = read_user_table(parquet(tmp_path, pa.table({"a": column})), ["a"], "dataset.path")
        assert table.texts("a") == ["Film 1", None, "Film 2"], kind
    path = parquet(tmp_path, pa.table({"a": lists.cast(pa.list_(pa.binary()))}))
    assert read_user_table(path, ["a"], "dataset.path").columns["a"].to_pylist() == lists.to_pylist()


def test_bytes_in_parquet_that_are_not_utf8_are_refused_on_one_line(tmp_path: Path) -> None:
    latin = pa.array([b"caf\xe9"])
    false = pa.StringArray.from_buffers(1, latin.buffers()[1], latin.buffers()[2])
    for column in (latin, false, false.dictionary_encode(), pa.array([[b"caf\xe9"]])):
        with pytest.raises(
            DataError, match=r"log.parquet .*: column 'a' holds .* not text in UTF-8 .*; export"
        ) as caught:
            read_user_table(parquet(tmp_path, pa.table({"a": column})), ["a"], "dataset.path")
        assert "\n" not in str(caught.value), column.type


@pytest.mark.parametrize("content", [b"user_id,item_id\n1,2\n", b"PAR1", b"PAR1" + b"\0" * 50 + b"PAR1"])
def test_what_is_not_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="not a whole Parquet file") as caught:
        read_user_table(write(tmp_path, "log.parquet", content), ["a"], "dataset.path")
    assert "\n" not in str(caught.value)


def test_parquet_without_rows_or_column_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path, pa.table({"a": pa.array([], pa.int64())}))
    with pytest.raises(DataError, match="holds no rows"):
        read_user_table(path, ["a"], "dataset.path")
    with pytest.raises(DataError, match="column 'b' is missing, found 'a'"):
        read_user_table(path, ["b"], "dataset.path")


def test_movielens_files_have_no_header_and_no_quotes(tmp_path: Path) -> None:
    path = write(tmp_path, "movies.dat", '1::"Caf\xe9: x (1995)::A|B\n2::Y::C\n\n3::Z::D'.encode("latin-1"))
    table = read_delimited(path, ("id", "title", "genres"), "::")
    assert table.texts("title") == ['"Café: x (1995)', "Y", "Z"]
    assert [table.place(row).rpartition(" ")[2] for row in range(3)] == ["1", "2", "4"]


def test_a_broken_line_of_movielens_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"u.data, line 2: found 3 fields, expected 4; the only such row"):
        read_delimited(write(tmp_path, "u.data", "1\t2\t3\t4\n1\t2\t3\n"), ("a", "b", "c", "d"), "\t")


def test_a_long_value_is_shortened_in_messages() -> None:
    shown = raw_table(a=["x" * 500]).found("a", 0)
    assert len(shown) == 81
    assert shown.endswith("…")
