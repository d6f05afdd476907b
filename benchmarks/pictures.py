"""Draws the charts of `dvc plots` as SVG files, without a browser."""

import vl_convert

from benchmarks.workspace import ROOT
from recommender_lab.report.charts import Chart, fill, read_templates

_WIDTH = 720
"""Pixels of the whole picture."""


def draw(chart: Chart) -> str:
    """Fill the template of a chart, with its title above.

    Args:
        chart: what to draw.

    Returns:
        The text of an SVG file.
    """
    spec = fill(chart, read_templates(ROOT / ".dvc/plots")) | {"title": chart.title, "width": _WIDTH}
    return vl_convert.vegalite_to_svg(spec) + "\n"
