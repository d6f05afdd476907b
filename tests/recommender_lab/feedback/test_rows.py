import json
from pathlib import Path

import numpy as np

from recommender_lab.feedback.rows import mean, plot_rows

TEMPLATES = Path(__file__).parents[3] / ".dvc/plots"


def test_plot_rows_leave_out_what_is_not_defined():
    rows = plot_rows([{"arm": "a", "round": 1, "gini": 0.5, "novelty": float("nan")}])
    assert rows == [{"arm": "a", "round": 1, "metric": "gini", "value": 0.5}]


def test_the_mean_is_over_defined_values():
    assert mean(np.array([1.0, np.nan, 2.0])) == 1.5
    assert np.isnan(mean(np.array([np.nan])))


def test_the_templates_are_vega_lite_with_dvcs_anchors_and_no_address_to_load():
    for name in ("rounds", "estimators", "importances"):
        text = (TEMPLATES / f"{name}.json").read_text(encoding="utf-8")
        template = json.loads(text)
        assert template["data"] == {"values": "<DVC_METRIC_DATA>"}, name
        assert "<DVC_METRIC_X>" in text, name
        assert "<DVC_METRIC_Y>" in text, name
        assert text.count("http") == 1, name
        assert template["$schema"].startswith("https://vega.github.io/schema/vega-lite/"), name


def test_the_line_of_no_bias_is_a_number_that_crosses_all_estimators():
    layers = json.loads((TEMPLATES / "estimators.json").read_text(encoding="utf-8"))["layer"]
    assert layers[0]["encoding"]["x"] == {"datum": 0, "type": "quantitative"}
    assert (layers[0]["encoding"]["y"], layers[0]["encoding"]["yOffset"]) == (None, None)
