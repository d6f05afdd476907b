"""The page: sections of charts and tables in one HTML file, with its style and scripts inside."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from recommender.errors import DataError
from recommender_lab.report.charts import Chart, Spec, fill

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Table:
    """A table with its title above and a note below; the first cell of a row is its heading."""

    kind: ClassVar[str] = "table"
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str | None = None


@dataclass(frozen=True)
class Tiles:
    """Large numbers side by side, each with what it counts below it."""

    kind: ClassVar[str] = "tiles"
    values: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Note:
    """A paragraph as wide as the page."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True)
class Users:
    """A search field for users and the lists of the chosen one; the script fills it."""

    kind: ClassVar[str] = "users"
    note: str


@dataclass(frozen=True)
class Section:
    """A part of the page with a link to it: its id, its title, and what it shows, side by side on a wide screen."""

    name: str
    title: str
    parts: tuple[Chart | Table | Tiles | Note | Users, ...]


def libraries(page: str) -> tuple[str, list[str]]:
    """Take vega, vega-lite and vega-embed out of the page of `dvc plots`.

    Args:
        page: the text of `.dvc/plots/offline.html`.

    Returns:
        The comment with the licences, and the text of each script.

    Raises:
        DataError: the page has no such comment or not three scripts.
    """
    notice, scripts = re.search(r"<!--.*?-->", page, re.S), re.findall(r"<script>(.*?)</script>", page, re.S)
    if notice is None or len(scripts) != 3:
        found = f"found {len(scripts)} scripts, expected a comment with licences and 3 scripts"
        raise DataError(f".dvc/plots/offline.html: {found}; restore it with `git checkout .dvc/plots`")
    return notice[0], scripts


def render(
    sections: Sequence[Section], lists: Mapping[str, Any], templates: Mapping[str, Spec], plots_page: str
) -> bytes:
    """Write the page.

    Args:
        sections: from top to bottom.
        lists: what the script shows of each user, of plain values.
        templates: the chart templates by name.
        plots_page: the text of `.dvc/plots/offline.html`, which holds the chart libraries.

    Returns:
        HTML in UTF-8, one file. Its content security policy allows this style and these scripts by their hashes, and
        forbids every request.
    """
    notice, scripts = libraries(plots_page)
    style, script = ((_HERE / f"report.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    scripts = [*scripts, script]
    charts = [part for section in sections for part in section.parts if isinstance(part, Chart) and part.rows]
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":"), "allow_nan": False}
    text = environment.get_template("report.html.j2").render(
        sections=sections,
        numbers={id(chart): number for number, chart in enumerate(charts)},
        id=id,
        data={"charts": [fill(chart, templates) for chart in charts], "lists": lists},
        notice=Markup(notice),
        style=Markup(style),
        scripts=[Markup(one) for one in scripts],
        style_hash=_hash(style),
        script_hashes=Markup(" ").join(map(_hash, scripts)),
    )
    return text.encode("utf-8")


def _hash(text: str) -> Markup:
    return Markup(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'")
