"""Fills the Vega-Lite templates of `dvc plots` with rows: one chart, one definition."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from recommender.errors import DataError
from recommender_lab.report.plot_data import Row

Spec = dict[str, Any]

# Colours that people with any colour vision can distinguish (Okabe and Ito, 2008), with grey for random.
_POLICIES = {"random": "#8c959f", "popularity": "#e69f00", "svd": "#56b4e9", "two_stage": "#1f77d0"}
_OTHERS = ("#1f77d0", "#d55e00", "#009e73", "#cc79a7", "#8b5fd6", "#e69f00", "#56b4e9")
_OF_A_PAGE_OF_DVC = ("$schema", "title", "facet", "columns", "resolve", "spec")


@dataclass(frozen=True)
class Chart:
    """One chart of the page: the rows of one cell of a template, and the columns that it draws."""

    kind: ClassVar[str] = "chart"
    template: str
    title: str
    rows: list[Row]
    x: str
    y: str
    colour: str | None = None
    x_label: str | None = None
    note: str | None = None


def read_templates(folder: Path) -> dict[str, Spec]:
    """Read the chart templates of a folder.

    Args:
        folder: `.dvc/plots`.

    Returns:
        Vega-Lite with DVC's anchors, by the name of the file without `.json`.

    Raises:
        DataError: a file is not JSON.
    """
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise DataError(f"{path}: not JSON ({error}); restore it with `git checkout {path}`") from error
    return found


def fill(chart: Chart, templates: Mapping[str, Spec]) -> Spec:
    """Fill the template of a chart.

    A template with facets is reduced to one cell, as wide as its container; what compares revisions is left out.

    Args:
        chart: what to draw.
        templates: Vega-Lite with DVC's anchors, by name.

    Returns:
        Vega-Lite, with the rows inside.

    Raises:
        DataError: there is no such template.
    """
    if chart.template not in templates:
        raise DataError(f".dvc/plots/{chart.template}.json: no such file; restore it with `git checkout .dvc/plots`")
    template = templates[chart.template]
    cell = {name: part for name, part in template.items() if name not in _OF_A_PAGE_OF_DVC} | template.get("spec", {})
    anchors = {
        "<DVC_METRIC_DATA>": chart.rows,
        "<DVC_METRIC_X>": chart.x,
        "<DVC_METRIC_Y>": chart.y,
        "<DVC_METRIC_X_LABEL>": chart.x_label,
        "<DVC_METRIC_COLOR>": _colour(chart),
    }
    spec: Spec = _replaced(cell, anchors) | {
        "autosize": {"type": "fit-x", "contains": "padding"},
        "description": chart.title,
        "width": "container",
    }
    field = spec.get("encoding", {}).get("color", {}).get("field")
    if field:
        colour_of = colours(row[field] for row in chart.rows)
        spec["encoding"]["color"]["scale"] = {"domain": list(colour_of), "range": list(colour_of.values())}
    return spec


def _colour(chart: Chart) -> Spec:
    if chart.colour is None:
        return {"value": _POLICIES["two_stage"]}
    return {"field": chart.colour, "type": "nominal", "title": None} | (
        {"legend": None} if chart.colour == chart.y else {}
    )


def _replaced(part: Any, anchors: Mapping[str, Any]) -> Any:
    """Replace the anchors in nested JSON, and leave out every channel of the column `rev`."""
    if isinstance(part, dict):
        return {name: _replaced(one, anchors) for name, one in part.items() if not _of_revision(one)}
    if isinstance(part, list):
        return [_replaced(one, anchors) for one in part if not _of_revision(one)]
    return anchors.get(part, part) if isinstance(part, str) else part


def _of_revision(part: Any) -> bool:
    return isinstance(part, dict) and part.get("field") == "rev"


def colours(names: Iterable[Any]) -> dict[Any, str]:
    """Give each series a colour.

    Args:
        names: policies and other names; each may occur more than once.

    Returns:
        A colour by name, in the order of the names. A policy has the same colour in every chart; the others get the
        remaining ones of seven, by their place, and start again after the last.
    """
    ordered = list(dict.fromkeys(names))
    others = [name for name in ordered if name not in _POLICIES]
    free = [colour for colour in _OTHERS if colour not in {_POLICIES.get(name) for name in ordered}]
    found = {name: free[at % len(free)] for at, name in enumerate(others)}
    return {name: (_POLICIES | found)[name] for name in ordered}
