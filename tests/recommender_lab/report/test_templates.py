import json
from pathlib import Path

TEMPLATES = Path(__file__).parents[3] / ".dvc/plots"


def test_the_templates_are_vega_lite_with_dvcs_anchors_and_no_address_to_load():
    for path in sorted(TEMPLATES.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        template = json.loads(text)
        assert template["data"] == {"values": "<DVC_METRIC_DATA>"}, path
        assert {"<DVC_METRIC_X>", "<DVC_METRIC_Y>"} <= set(text.split('"')), path
        assert text.count("http") == 1, path
        assert template["$schema"].startswith("https://vega.github.io/schema/vega-lite/"), path


def test_the_line_of_no_bias_is_a_number_that_crosses_all_estimators():
    layers = json.loads((TEMPLATES / "estimators.json").read_text(encoding="utf-8"))["layer"]
    assert layers[0]["encoding"]["x"] == {"datum": 0, "type": "quantitative"}
    assert (layers[0]["encoding"]["y"], layers[0]["encoding"]["yOffset"]) == (None, None)
