import json
from pathlib import Path

import pytest

from recommender.errors import DataError
from recommender_lab.report.charts import Chart, colours, fill, read_templates

TEMPLATES = read_templates(Path(__file__).parents[3] / ".dvc/plots")
ROWS = [
    {"policy": policy, "value": at / 10, "low": 0.0, "high": 0.5, "seed": 0, "arm": "svd"}
    for at, policy in enumerate(("svd", "random"))
]


def test_every_template_is_filled_without_an_anchor_a_revision_or_an_address():
    for name in TEMPLATES:
        chart = Chart(name, "A title", ROWS, "value", "policy", "policy", x_label="x")
        spec = fill(chart, TEMPLATES)
        text = json.dumps(spec)
        assert not [part for part in ("DVC_METRIC", '"rev"', "http", "facet") if part in text], name
        assert (spec["data"], spec["width"], spec["description"]) == ({"values": ROWS}, "container", "A title"), name


def test_the_template_keeps_its_anchors():
    before = json.dumps(TEMPLATES)
    fill(Chart("intervals", "A title", ROWS, "value", "policy", "policy"), TEMPLATES)
    assert json.dumps(TEMPLATES) == before


def test_columns_take_the_place_of_the_anchors():
    spec = fill(Chart("intervals", "A title", ROWS, "value", "policy", "policy"), TEMPLATES)
    assert spec["encoding"]["y"]["field"] == "policy"
    assert spec["layer"][1]["encoding"]["x"]["field"] == "value"
    assert spec["encoding"]["color"]["scale"] == {"domain": ["svd", "random"], "range": ["#56b4e9", "#8c959f"]}


def test_a_legend_is_left_out_where_the_axis_has_the_same_names():
    rows = [row | {"way": "paired"} for row in ROWS]
    legends = [
        "legend" in fill(Chart("intervals", "x", rows, "value", "policy", colour), TEMPLATES)["encoding"]["color"]
        for colour in ("policy", "way")
    ]
    assert legends == [True, False]  # "legend": null


def test_a_click_on_the_legend_hides_a_series_wherever_a_template_names_its_series():
    for name, field in {"groups": "policy", "rounds": "arm", "learning_curve": "seed"}.items():
        text = json.dumps(fill(Chart(name, "x", [], "x", "y"), TEMPLATES))
        assert f'"fields": ["{field}"], "toggle": "true"}}, "bind": "legend"' in text, name
        assert '{"param": "hidden", "empty": false, "value": 0}' in text, name


def test_an_unknown_template_is_an_error():
    with pytest.raises(DataError, match=r"\.dvc/plots/other\.json: no such file"):
        fill(Chart("other", "x", [], "x", "y"), TEMPLATES)


def test_a_template_that_is_not_json_is_named(tmp_path):
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"broken\.json: not JSON"):
        read_templates(tmp_path)


def test_a_policy_has_the_same_colour_in_every_chart():
    every = colours(["random", "popularity", "svd", "two_stage"])
    assert len(set(every.values())) == 4
    assert colours(["two_stage", "svd", "svd"]) == {name: every[name] for name in ("two_stage", "svd")}


def test_other_names_have_other_colours_than_the_policies_beside_them():
    found = colours(["two_stage_frozen", "two_stage", "svd", "two_stage_exploring"])
    assert len(set(found.values())) == 4
    assert list(found) == ["two_stage_frozen", "two_stage", "svd", "two_stage_exploring"]


def test_colours_start_again_after_the_seventh():
    found = colours([*"abcdefg", "a", "h"])
    assert len(set(found.values())) == 7
    assert found["h"] == found["a"]
