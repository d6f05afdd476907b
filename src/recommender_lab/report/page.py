"""The page around the sections: style, script and data inside, and a policy that forbids every request."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recommender_lab.report.markup import Markup, element
from recommender_lab.report.script import SCRIPT
from recommender_lab.report.style import STYLE

_TITLE = "Recommender report"


@dataclass(frozen=True)
class Section:
    """A part of the page that a link leads to: its id, its title, and what stands in it, side by side if wide."""

    name: str
    title: str
    parts: tuple[Markup, ...]

    def markup(self) -> Markup:
        """Write the section."""
        inner = element("div", *self.parts, class_="grid")
        return element("section", element("h2", self.title), inner, id=self.name)


def render(sections: Sequence[Section], data: Mapping[str, Any]) -> bytes:
    """Write the page.

    Args:
        sections: from top to bottom.
        data: what the script reads, of plain values.

    Returns:
        HTML in ASCII, one file without any address in it. Its content security policy allows this style and this
        script by their hashes, and nothing to be loaded.
    """
    links = element("nav", *(element("a", one.title, href=f"#{one.name}") for one in sections))
    body = element(
        "body",
        element("header", element("h1", _TITLE), links),
        element("main", *(one.markup() for one in sections)),
        element("script", embedded(data), type="application/json", id="lists"),
        element("script", Markup(SCRIPT)),
    )
    page = element("html", element("head", *_head()), body, lang="en")
    return f"<!DOCTYPE html>\n{page}\n".encode("ascii", "xmlcharrefreplace")


def _head() -> list[Markup]:
    policy = (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
    )
    return [
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", _TITLE),
        element("style", Markup(STYLE)),
    ]


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def embedded(values: Mapping[str, Any]) -> Markup:
    """Write values as JSON that may stand in a script element: without any `<`, `>` or `&`, in ASCII."""
    text = json.dumps(values, separators=(",", ":"), sort_keys=True, allow_nan=False)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)
