import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.datasets.values import is_text, read_ids, read_numbers
from recommender.errors import DataError
from tests.datasets.helpers import raw_table


def ids(values: list[object]) -> list[object]:
    read = read_ids(raw_table(a=values), "a")
    return list(read.values(read.integral()))


@pytest.mark.parametrize("text", ["7", "-7", "0", str(2**63 - 1), str(-(2**63))])
def test_plain_integers_become_integers(text: str) -> None:
    assert ids([text, "1"]) == [int(text), 1]


@pytest.mark.parametrize("text", ["007", "+7", "7.0", " 7", "7 ", "1e3", "-0", "--7", "²", "٣", str(2**63), "9" * 30])
def test_anything_else_makes_every_id_text(text: str) -> None:
    assert ids([text, "1"]) == [text, "1"]


@pytest.mark.parametrize("text", ["a b", 'say "hi"', "🎬", "x,y", " lead", "Nancy", "nullable", "#1", "'"])
def test_text_is_kept_as_it_stands(text: str) -> None:
    assert ids([text, "1"]) == [text, "1"]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_survive_as_text_and_as_numbers(values: list[int]) -> None:
    assert ids([str(value) for value in values]) == values
    assert ids(list(values)) == values


WORDS = ["nan", "NULL", "None", "na", "N/A", "undefined", "(null)", "<NA>", "#REF!", "#N/A", "#DIV/0!", "nil", r"\N"]


@pytest.mark.parametrize(
    "missing", ["", " ", None, *WORDS, *map(str.swapcase, WORDS), *(f" {word} " for word in WORDS)]
)
def test_a_missing_id_is_known(missing: str | None) -> None:
    assert list(read_ids(raw_table(a=["x", missing, "y"]), "a").present()) == [True, False, True]


@pytest.mark.parametrize("values", [[1.0, 2.0], [True, False], [[1], [2]]])
def test_other_types_are_no_ids(values: list[object]) -> None:
    with pytest.raises(DataError, match=r"log.csv: column 'a' holds .*, expected integers or text; convert it"):
        read_ids(raw_table(a=values), "a")


def test_dictionary_encoded_ids_are_text() -> None:
    table = raw_table(a=["x", "y", "x"])
    coded = table.columns["a"].dictionary_encode()
    assert is_text(coded)
    read = read_ids(type(table)("f", {"a": coded}, table.place), "a")
    assert list(read.values(False)) == ["x", "y", "x"]


def test_a_category_without_rows_is_no_id() -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([0, None, 1]), pa.array(["1", "2", "other", ""]))
    read = read_ids(type(raw_table())("f", {"a": pa.chunked_array([coded])}, str), "a")
    assert read.texts == ["1", "2"]
    assert read.integral()


def test_ids_over_several_chunks_share_their_codes() -> None:
    table = raw_table(a=["x"])
    chunks = pa.chunked_array([["x", "y"], ["y", "z"], []], pa.string())
    assert list(read_ids(type(table)("f", {"a": chunks}, table.place), "a").values(False)) == ["x", "y", "y", "z"]


@pytest.mark.parametrize(("text", "value"), [("4", 4.0), ("4.5", 4.5), ("-1e3", -1000.0), (" 4 ", 4.0), ("0.1", 0.1)])
def test_numbers_are_read_alike_in_clean_and_in_broken_columns(text: str, value: float) -> None:
    assert read_numbers(pa.chunked_array([[text]])).tolist() == [value]
    assert read_numbers(pa.chunked_array([[text, "broken"]]))[0] == value


@pytest.mark.parametrize("text", ["", "abc", "1_000", "4,5", "٣", "0x10", "NaN", None])
def test_what_is_no_number_is_nan(text: str | None) -> None:
    assert np.isnan(read_numbers(pa.chunked_array([["1", text]], pa.string()))[1])


def test_infinity_is_read_as_such() -> None:
    assert read_numbers(pa.chunked_array([["inf", "-Infinity"]])).tolist() == [np.inf, -np.inf]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float32(), pa.decimal128(20, 1)])
def test_numbers_of_any_type_become_float64(kind: pa.DataType) -> None:
    read = read_numbers(pa.chunked_array([[1, None]], pa.int64()).cast(kind))
    assert read.dtype == np.float64
    assert read[0] == 1
    assert np.isnan(read[1])


FAR = pa.array([1 << 40]).cast(pa.timestamp("s"))  # Python has no date for it


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}], [dt.date(2024, 1, 1)], [dt.time(1)], [None], FAR])
def test_types_that_hold_no_numbers_are_nan(values: list[object] | pa.Array) -> None:
    assert np.isnan(read_numbers(pa.chunked_array([values]))).all()
