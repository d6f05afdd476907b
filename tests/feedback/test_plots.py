import json
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / ".dvc/plots"


@pytest.mark.parametrize("name", ["rounds", "estimators"])
def test_the_templates_are_vega_lite_with_dvcs_anchors_and_no_address_to_load(name):
    text = (TEMPLATES / f"{name}.json").read_text(encoding="utf-8")
    template = json.loads(text)
    assert template["data"] == {"values": "<DVC_METRIC_DATA>"}
    assert "<DVC_METRIC_X>" in text
    assert "<DVC_METRIC_Y>" in text
    assert text.count("http") == 1
    assert template["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
