"""HTML and SVG from Python values; whatever is not markup already is escaped."""

from collections.abc import Iterable, Sequence
from html import escape


class Markup(str):
    """Text that is HTML already; made here alone, from escaped parts."""

    __slots__ = ()


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """Write one element.

    Args:
        tag: its name.
        children: markup, or values that are written as text; None is left out.
        attributes: `class_` stands for class and an underscore for a hyphen; one that is None is left out.

    Returns:
        The element, closed.
    """
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items() if value is not None}
    written = "".join(f' {name}="{escape(_text(value))}"' for name, value in named.items())
    return Markup(f"<{tag}{written}>{together(children)}</{tag}>")


def together(parts: Iterable[object]) -> Markup:
    """Join markup and text, the text escaped; None is left out."""
    return Markup(
        "".join(part if isinstance(part, Markup) else escape(_text(part)) for part in parts if part is not None)
    )


def _text(value: object) -> str:
    """Write a coordinate with one decimal: a tenth of a pixel is enough, and 0.30000000000000004 is none."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Write a table that scrolls within itself where the page is narrow; the first cell of a row is its heading.

    Args:
        header: the titles of the columns.
        rows: the cells, as many as titles.

    Returns:
        The table in its frame.
    """
    head = element("tr", *(element("th", title, scope="col") for title in header))
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows
    ]
    inner = element("table", element("thead", head), element("tbody", *body))
    return element("div", inner, class_="scroll", tabindex=0)


def figure(title: str, drawing: Markup, note: object = None, key: Markup | None = None) -> Markup:
    """Frame a drawing with its title above, then the key, and a note below."""
    said = None if note is None else element("p", note, class_="note")
    return element("figure", element("figcaption", title), key, drawing, said)


def tiles(values: Iterable[tuple[str, str]]) -> Markup:
    """Write large numbers side by side, each with what it counts below it."""
    return element(
        "ul", *(element("li", element("b", number), element("span", what)) for number, what in values), class_="tiles"
    )
