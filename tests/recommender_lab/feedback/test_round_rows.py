import json
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[3] / ".dvc/plots"


@pytest.mark.parametrize("name", ["rounds", "estimators", "importances"])
def test_the_templates_are_vega_lite_with_dvcs_anchors_and_no_address_to_load(name):
    text = (TEMPLATES / f"{name}.json").read_text(encoding="utf-8")
    template = json.loads(text)
    assert template["data"] == {"values": "<DVC_METRIC_DATA>"}
    assert "<DVC_METRIC_X>" in text
    assert "<DVC_METRIC_Y>" in text
    assert text.count("http") == 1
    assert template["$schema"].startswith("https://vega.github.io/schema/vega-lite/")


def test_the_line_of_no_bias_is_a_number_that_crosses_all_estimators():
    layers = json.loads((TEMPLATES / "estimators.json").read_text(encoding="utf-8"))["layer"]
    assert layers[0]["encoding"]["x"] == {"datum": 0, "type": "quantitative"}
    assert (layers[0]["encoding"]["y"], layers[0]["encoding"]["yOffset"]) == (None, None)
