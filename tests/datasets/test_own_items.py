"""Further columns of a user's own table of items."""

from pathlib import Path
from typing import Any

import pytest

from recommender.datasets.interaction_log import read_log
from recommender.datasets.prepared import complete
from recommender.errors import DataError
from tests.datasets.helpers import LATEST, PLAIN, dataset, write

COLUMNS: dict[str, Any] = {"item": "item_id", "title": "title", "release_date": None, "genres": None}
FURTHER = {"numbers": ["price"], "texts": ["brand"]}
ITEMS = "price,item_id,title,brand\n9.5,20,B,x\n3,10,A,\n"


def read(folder: Path, items: str, columns: dict[str, Any]) -> Any:
    write(folder, "interactions.csv", f"{PLAIN}1,30,5,400\n")
    write(folder, "items.csv", items)
    return complete(read_log(folder, dataset(item_columns=columns), LATEST)).items


def test_each_item_keeps_its_values_and_an_item_without_row_has_none(tmp_path: Path) -> None:
    items = read(tmp_path, ITEMS, COLUMNS | FURTHER)
    assert items["item_id"].tolist() == [10, 20, 30]
    assert items["price"].tolist() == pytest.approx([3, 9.5, float("nan")], nan_ok=True)
    assert items["brand"].isna().tolist() == [True, False, True]
    assert items.dtypes.astype(str).tolist() == ["int64", "str", "str", "float64", "str"]


def test_columns_that_are_not_named_are_not_read(tmp_path: Path) -> None:
    assert list(read(tmp_path, ITEMS, COLUMNS).columns) == ["item_id", "title", "release_date"]


def test_a_bad_number_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"items.csv \(copy of dataset.items_path\), line 4: column 'price': found 'x'"):
        read(tmp_path, f"{ITEMS}x,30,C,\n", COLUMNS | FURTHER)


@pytest.mark.parametrize("name", ["title", "item_id", "release_date", "genre_main"])
def test_a_name_of_the_prepared_table_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}' .*rename"):
        dataset(item_columns=COLUMNS | {"texts": [name]})
