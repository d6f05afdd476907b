import pytest

from recommender.errors import DataError
from recommender_lab.report.plot_data import read_rows


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_json_has_one_list_under_one_name(tmp_path):
    path = written(tmp_path, "a.json", '{"drift": [{"policy": "svd", "value": 0.5}]}')
    assert read_rows(path) == [{"policy": "svd", "value": 0.5}]


def test_numbers_of_a_csv_are_numbers(tmp_path):
    path = written(tmp_path, "a.csv", 'feature,gain\n"a, b",0.5\nc,1\n')
    assert read_rows(path) == [{"feature": "a, b", "gain": 0.5}, {"feature": "c", "gain": 1.0}]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", '{"a": [], "b": []}', "expected one list of rows"),
        ("a.json", '{"a": 1}', "expected one list of rows"),
        ("a.json", "[", "not valid JSON"),
        ("a.csv", "a,b\n1\n", "more or fewer cells than the header"),
        ("a.csv", "a,b\n1,2,3\n", "more or fewer cells than the header"),
    ],
)
def test_another_form_is_an_error_that_names_the_file(tmp_path, name, text, message):
    with pytest.raises(DataError, match=rf"{name}: .*{message}"):
        read_rows(written(tmp_path, name, text))


@pytest.mark.parametrize("name", ["a.json", "a.csv"])
def test_a_missing_file_is_an_error_that_names_it(tmp_path, name):
    with pytest.raises(DataError, match=f"{name}: no such file; run `dvc repro`"):
        read_rows(tmp_path / name)
