"""What every drawing has: its frame, lines of a grid, and the words beside them."""

from collections.abc import Sequence

from recommender_lab.report.colours import FAINT, GRID, INK
from recommender_lab.report.markup import Markup, element
from recommender_lab.report.scales import Scale, tick

WIDTH = 360.0
RIGHT = WIDTH - 10.0
TOP, BOTTOM, HEIGHT = 10.0, 150.0, 185.0  # of a drawing with upright axis
ROW = 18.0  # of a drawing with one value per row
LABEL = 26  # letters of a row's label
LETTER = 6.1  # about the width of a letter of 10.5 pixels


def drawing(height: float, title: str, *marks: object) -> Markup:
    """Frame marks as a picture that is as wide as its place; `title` is what a screen reader says."""
    return element(
        "svg", *marks, viewBox=f"0 0 {WIDTH:.0f} {height:.0f}", role="img", aria_label=title, font_size="10.5"
    )


def plot(title: str, *marks: object, below: str) -> Markup:
    """Frame marks above a horizontal axis; `below` says what it is."""
    return drawing(HEIGHT, title, *marks, words(below, WIDTH / 2, BOTTOM + 29, "middle"))


def words(text: object, x: float, y: float, anchor: str = "start", colour: str = FAINT) -> Markup:
    """Write text at a place: its start, middle or end, on its base line."""
    return element("text", text, x=x, y=y, text_anchor=anchor, fill=colour)


def centred(text: str, x: float, y: float) -> Markup:
    """Write text around a place, or as near to it as the edges of the drawing let the whole text stand."""
    half = LETTER * len(text) / 2
    return words(text, max(half, min(x, WIDTH - half)), y, "middle")


def line(x1: float, y1: float, x2: float, y2: float, colour: str = GRID, width: float = 1.0) -> Markup:
    """Draw a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour, stroke_width=width)


def dot(x: float, y: float, colour: str, radius: float, told: str) -> Markup:
    """Draw a dot that tells its value where a pointer rests on it."""
    return element("circle", element("title", told), cx=x, cy=y, r=radius, fill=colour)


def box(x: float, y: float, width: float, height: float, colour: str, told: str) -> Markup:
    """Draw a filled box that tells its value where a pointer rests on it."""
    inner = element("title", told)
    return element("rect", inner, x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), fill=colour)


def rows_grid(values: Sequence[float], place: Scale, left: float) -> list[Markup]:
    """Draw a horizontal line at each value, with the value left of it."""
    return [
        mark
        for value in values
        for mark in (
            line(left, place(value), RIGHT, place(value)),
            words(tick(value), left - 5, place(value) + 3.5, "end"),
        )
    ]


def columns_grid(values: Sequence[float], place: Scale, top: float, bottom: float) -> list[Markup]:
    """Draw a vertical line at each value, with the value below it."""
    return [
        mark
        for value in values
        for mark in (
            line(place(value), top, place(value), bottom),
            words(tick(value), place(value), bottom + 13, "middle"),
        )
    ]


def margin(labels: Sequence[str], most: int) -> float:
    """Return the room that labels of at most so many letters need."""
    return 10 + LETTER * max((min(len(label), most) for label in labels), default=0)


def name(label: str, x: float, y: float, most: int) -> Markup:
    """Write the label of a row, cut after so many letters."""
    cut = label if len(label) <= most else label[: most - 1] + "…"
    return words(cut, x, y, "end", INK)


def nothing(title: str) -> Markup:
    """Say that there is nothing to draw."""
    return drawing(40, title, words("nothing to show", WIDTH / 2, 24, "middle"))
