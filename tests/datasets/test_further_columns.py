import pytest

from recommender.datasets.further_columns import read_further
from recommender.datasets.settings import UserColumns
from recommender.errors import DataError
from tests.datasets.helpers import raw_table


def read(numbers=(), texts=(), **columns):
    return read_further(raw_table(**columns), UserColumns(user="user_id", numbers=tuple(numbers), texts=tuple(texts)))


def test_numbers_and_texts_of_a_csv_where_nothing_is_missing():
    found = read(["age"], ["club"], age=["3", " ", "4.5", None], club=["a", "", " b ", None])
    assert found["age"].tolist() == pytest.approx([3, float("nan"), 4.5, float("nan")], nan_ok=True)
    assert found["club"].isna().tolist() == [False, True, False, True]
    assert found["club"][[0, 2]].tolist() == ["a", "b"]
    assert found.dtypes.astype(str).tolist() == ["float64", "str"]


def test_typed_columns_of_parquet():
    found = read(["age"], ["region"], age=[3.5, float("nan"), None], region=[7, 8, None])
    assert found["age"].isna().tolist() == [False, True, True]
    assert found["region"][:2].tolist() == ["7", "8"]


def test_no_columns_but_as_many_rows():
    assert read(user_id=["a", "b"]).shape == (2, 0)


@pytest.mark.parametrize("value", ["old", "nan", "inf", "1e13", "1_000"])
def test_what_is_no_number_is_named_with_its_line(value):
    message = rf"log.csv, line 3: column 'age': found '{value}', expected nothing, or a finite number, at most 1e\+12"
    with pytest.raises(DataError, match=message):
        read(["age"], age=["3", value])


def test_infinity_in_parquet_is_refused():
    with pytest.raises(DataError, match="line 2: column 'age': found inf"):
        read(["age"], age=[float("inf"), 1.0])


@pytest.mark.parametrize("columns", [{"numbers": ["a", "a"]}, {"numbers": ["a"], "texts": ["a"]}, {"texts": ["who"]}])
def test_a_column_that_stands_twice_is_refused(columns):
    with pytest.raises(ValueError, match="stands twice, or is the name of another column"):
        UserColumns.model_validate({"user": "who", "numbers": [], "texts": []} | columns)
