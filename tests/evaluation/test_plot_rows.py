import json
import math
import re
from pathlib import Path

import pytest

from recommender.evaluation import plot_rows

ROOT = Path(__file__).parents[2]
METRICS = {"svd": {"hit@10": 0.1, "diversity@10": math.nan}, "random": {"hit@5": 0.0}}
INTERVALS = {
    "svd": {"hit@10": {"low": 0.05, "high": 0.2}},
    "random": {"hit@5": {"low": 0.0, "high": 0.0}},
}
GROUPS = {
    "1-5": {"users": 3, "items": 9, "policies": {"svd": {"ndcg@10": {"value": 0.1, "low": 0.05, "high": 0.2}}}},
    "over 5": {"users": 4, "items": 9, "policies": {"svd": {"ndcg@10": {"value": 0.3, "low": 0.2, "high": 0.4}}}},
}


def test_one_row_per_value():
    assert plot_rows.rows(METRICS, INTERVALS) == [
        {"policy": "svd", "metric": "hit", "k": 10, "value": 0.1, "low": 0.05, "high": 0.2},
        {"policy": "random", "metric": "hit", "k": 5, "value": 0.0, "low": 0.0, "high": 0.0},
    ]


def test_rows_are_turned_back_into_values_and_intervals():
    defined = {"svd": {"hit@10": 0.1}, "random": {"hit@5": 0.0}}
    assert plot_rows.by_policy(plot_rows.rows(METRICS, INTERVALS)) == (defined, INTERVALS)


def test_rows_have_the_same_keys():
    """DVC draws nothing from a list whose rows differ in their keys."""
    assert len({tuple(row) for row in plot_rows.rows(METRICS, INTERVALS)}) == 1


def test_one_row_per_difference():
    found = {"difference": 0.1, "low": 0.05, "high": 0.2, "p_value": 0.01, "ratio": 2.0, "users": 9}
    assert plot_rows.difference_rows({"two_stage_minus_svd": {"ndcg@5": found}}) == [
        {
            "comparison": "two_stage - svd",
            "metric": "ndcg",
            "k": 5,
            "value": 0.1,
            "low": 0.05,
            "high": 0.2,
            "p_value": 0.01,
            "users": 9,
        }
    ]


def test_a_ratio_that_is_not_defined_does_not_change_the_keys():
    found = {"difference": 0.1, "low": 0.05, "high": 0.2, "p_value": 0.01, "ratio": math.nan, "users": 9}
    rows = plot_rows.difference_rows({"a_minus_b": {"hit@5": found, "hit@10": found | {"ratio": 1.0}}})
    assert set(rows[0]) == set(rows[1])


def test_one_row_per_value_of_a_group():
    assert plot_rows.group_rows(GROUPS) == [
        {"group": "1-5", "users": 3, "items": 9, "policy": "svd"}
        | {"metric": "ndcg", "k": 10, "value": 0.1, "low": 0.05, "high": 0.2},
        {"group": "over 5", "users": 4, "items": 9, "policy": "svd"}
        | {"metric": "ndcg", "k": 10, "value": 0.3, "low": 0.2, "high": 0.4},
    ]


@pytest.mark.parametrize(
    ("template", "row"),
    [("intervals", plot_rows.rows(METRICS, INTERVALS)[0]), ("groups", plot_rows.group_rows(GROUPS)[0])],
)
def test_the_template_draws_the_columns_of_the_rows(template, row):
    text = (ROOT / f".dvc/plots/{template}.json").read_text(encoding="utf-8")
    fields = {value for key, value in _pairs(json.loads(text)) if key == "field" and isinstance(value, str)}
    fields |= set(re.findall(r"datum\.(\w+)", text))
    own = {field for field in fields if not field.startswith("<DVC_METRIC_")}
    assert own <= {*row, "rev", "label"}  # datum.label: the text of an axis label
    assert {"low", "high", "metric", "k"} <= own


def test_rows_and_columns_of_cells_are_sorted_by_their_names():
    """Vega-Lite puts cells into wrong rows if it sorts by a list, if the list is empty or a cell has no values."""
    for path in sorted((ROOT / ".dvc/plots").glob("*.json")):
        facet = json.loads(path.read_text(encoding="utf-8")).get("facet", {})
        orders = [facet[side].get("sort") for side in ("row", "column") if side in facet]
        assert all(order in (None, "descending") for order in orders), path


def test_the_page_of_the_plots_loads_nothing_from_the_network():
    page = (ROOT / ".dvc/plots/offline.html").read_text(encoding="utf-8")
    assert "html_template = plots/offline.html" in (ROOT / ".dvc/config").read_text(encoding="utf-8")
    assert "<script src" not in page
    assert "<link" not in page.split("<script>")[0]
    assert "{scripts}" not in page
    assert page.count("<script>") == page.count("BSD-3-Clause, see the notice above") == 3
    assert page.count("Redistribution and use in source and binary forms") >= 3
    assert "{plot_divs}" in page


def _pairs(value):
    if isinstance(value, dict):
        yield from value.items()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    for each in inner:
        yield from _pairs(each)
