"""Drawings of plain values: bars and lines; each returns one SVG."""

from collections.abc import Mapping, Sequence

from recommender_lab.report import axes
from recommender_lab.report.axes import BOTTOM, LABEL, RIGHT, ROW, TOP
from recommender_lab.report.colours import PLAIN, STRONG
from recommender_lab.report.markup import Markup, element
from recommender_lab.report.scales import extent, linear, logarithmic, powers, short, tick, ticks

Points = Sequence[tuple[float, float]]


def bars(title: str, heights: Sequence[tuple[str, float]], below: str, marked: int = 12) -> Markup:
    """Draw upright bars.

    Args:
        title: what a screen reader says.
        heights: a label and a value of at least 0 for each bar, from left to right.
        below: what the labels are.
        marked: about as many labels are written.

    Returns:
        The drawing.
    """
    if not heights:
        return axes.nothing(title)
    steps = ticks(0, max(value for _, value in heights))
    left = axes.margin([tick(step) for step in steps], 10)
    place = linear(0, steps[-1], BOTTOM, TOP)
    wide = (RIGHT - left) / len(heights)
    gap = min(2.0, wide / 4)
    marks = [
        axes.box(
            left + at * wide + gap / 2,
            place(value),
            wide - gap,
            BOTTOM - place(value),
            PLAIN,
            f"{label}: {short(value)}",
        )
        for at, (label, value) in enumerate(heights)
    ]
    every = -(-len(heights) // marked)
    labels = [
        axes.centred(label, left + (at + 0.5) * wide, BOTTOM + 13)
        for at, (label, _) in enumerate(heights)
        if at % every == 0
    ]
    return axes.plot(title, *axes.rows_grid(steps, place, left), *marks, *labels, below=below)


def rows(title: str, values: Sequence[tuple[str, float]], written: Sequence[str] | None = None) -> Markup:
    """Draw lying bars, one below the other, each with its label before and its value behind it.

    Args:
        title: what a screen reader says.
        values: a label and a value of at least 0 for each bar.
        written: the values as they are written; short numbers if None.

    Returns:
        The drawing.
    """
    if not values:
        return axes.nothing(title)
    told = written or [short(value) for _, value in values]
    left = axes.margin([label for label, _ in values], LABEL)
    place = linear(0, max(value for _, value in values) or 1.0, left, RIGHT - axes.margin(told, 12))
    marks = [
        mark
        for at, ((label, value), text) in enumerate(zip(values, told, strict=True))
        for mark in (
            axes.name(label, left - 5, (at + 0.7) * ROW, LABEL),
            axes.box(left, at * ROW + 3, place(value) - left, ROW - 6, PLAIN, f"{label}: {text}"),
            axes.words(text, place(value) + 4, (at + 0.7) * ROW),
        )
    ]
    return axes.drawing(len(values) * ROW + 4, title, *marks)


def lines(title: str, series: Mapping[str, Points], colour_of: Mapping[str, str], below: str) -> Markup:
    """Draw a line for each series.

    Args:
        title: what a screen reader says.
        series: `(x, y)` in growing order of x, whole numbers, by name.
        colour_of: a colour for each name.
        below: what x is.

    Returns:
        The drawing; y need not begin at 0.
    """
    points = [point for found in series.values() for point in found]
    if not points:
        return axes.nothing(title)
    steps, along = ticks(*extent(y for _, y in points)), ticks(*extent(x for x, _ in points), 5)
    left = axes.margin([tick(step) for step in steps], 10)
    across = linear(*extent(x for x, _ in points), left, RIGHT - 5)
    up = linear(steps[0], steps[-1], BOTTOM, TOP)
    low, high = extent(x for x, _ in points)
    inside = [x for x in along if low <= x <= high and x.is_integer()]
    drawn = [_line([(across(x), up(y)) for x, y in found], colour_of[name]) for name, found in series.items()]
    grid = [*axes.rows_grid(steps, up, left), *axes.columns_grid(inside, across, TOP, BOTTOM)]
    return axes.plot(title, *grid, *drawn, below=below)


def _line(places: Points, colour: str) -> Markup:
    if len(places) == 1:
        return element("circle", cx=places[0][0], cy=places[0][1], r=3, fill=colour)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return element("polyline", points=path, fill="none", stroke=colour, stroke_width=1.8, stroke_linejoin="round")


def falling(title: str, points: Points, below: str) -> Markup:
    """Draw one line on two logarithmic axes.

    Args:
        title: what a screen reader says.
        points: `(x, y)`, all above 0, in growing order of x.
        below: what x is.

    Returns:
        The drawing.
    """
    if not points:
        return axes.nothing(title)
    low, high = extent(x for x, _ in points)
    along, steps = [x for x in powers(low, high) if x <= high], powers(*extent(y for _, y in points))
    left = axes.margin([tick(step) for step in steps], 10)
    across = logarithmic(low, high, left, RIGHT)
    up = logarithmic(steps[0], steps[-1], BOTTOM, TOP)
    grid = [*axes.rows_grid(steps, up, left), *axes.columns_grid(along, across, TOP, BOTTOM)]
    return axes.plot(title, *grid, _line([(across(x), up(y)) for x, y in points], STRONG), below=below)
