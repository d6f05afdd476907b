"""Drawings of values with their intervals: one below the other, or by group; each returns one SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from recommender_lab.report import axes
from recommender_lab.report.axes import BOTTOM, LABEL, RIGHT, ROW, TOP
from recommender_lab.report.colours import INK
from recommender_lab.report.markup import Markup
from recommender_lab.report.scales import extent, linear, short, span, tick, ticks


@dataclass(frozen=True)
class Estimate:
    """A value with its interval, and what it is of."""

    label: str
    value: float
    low: float
    high: float
    series: str = ""

    def told(self) -> str:
        """Return what a pointer reads."""
        named = " ".join(filter(None, (self.label, self.series.replace("_", " "))))
        return f"{named}: {short(self.value)} {span(self.low, self.high)}"


def estimates(title: str, found: Sequence[Estimate], colour_of: Mapping[str, str]) -> Markup:
    """Draw values with their intervals, one below the other, with a line at 0 if it is among them.

    Args:
        title: what a screen reader says.
        found: from the first row to the last.
        colour_of: a colour for each series.

    Returns:
        The drawing.
    """
    if not found:
        return axes.nothing(title)
    steps = ticks(*extent([one.low for one in found] + [one.high for one in found]))
    left = axes.margin([one.label for one in found], LABEL)
    place = linear(steps[0], steps[-1], left + 5, RIGHT - 8)
    bottom = len(found) * ROW + 4
    zero = [axes.line(place(0), 0, place(0), bottom, INK)] if steps[0] <= 0 <= steps[-1] else []
    marks = [
        mark
        for at, one in enumerate(found)
        for mark in (
            axes.name(one.label, left - 5, (at + 0.72) * ROW, LABEL),
            axes.line(place(one.low), (at + 0.5) * ROW, place(one.high), (at + 0.5) * ROW, colour_of[one.series], 2.5),
            axes.dot(place(one.value), (at + 0.5) * ROW, colour_of[one.series], 4.2, one.told()),
        )
    ]
    return axes.drawing(bottom + 20, title, *axes.columns_grid(steps, place, 0, bottom), *zero, *marks)


def groups(title: str, found: Sequence[Estimate], colour_of: Mapping[str, str], below: str) -> Markup:
    """Draw values with their intervals by group, the series of a group side by side.

    Args:
        title: what a screen reader says.
        found: the labels are the groups, in the order of their first rows.
        colour_of: a colour for each series, in the order from left to right.
        below: what the groups are.

    Returns:
        The drawing, from 0 upwards.
    """
    if not found:
        return axes.nothing(title)
    steps = ticks(*extent([one.high for one in found], zero=True))
    left = axes.margin([tick(step) for step in steps], 10)
    up = linear(steps[0], steps[-1], BOTTOM, TOP)
    names, labels = list(colour_of), list(dict.fromkeys(one.label for one in found))
    edges = [left + at * (RIGHT - left) / len(labels) for at in range(len(labels) + 1)]
    marks = [
        mark
        for one in found
        for x in (_within(edges, labels.index(one.label), (names.index(one.series) + 1) / (len(names) + 1)),)
        for mark in (
            axes.line(x, up(one.low), x, up(one.high), colour_of[one.series], 1.6),
            axes.dot(x, up(one.value), colour_of[one.series], 2.8, one.told()),
        )
    ]
    told = [_label(label, *edge, edge[1] == edges[-1]) for label, edge in zip(labels, pairwise(edges), strict=True)]
    return axes.plot(title, *axes.rows_grid(steps, up, left), *marks, *told, below=below)


def _within(edges: Sequence[float], at: int, share: float) -> float:
    return edges[at] + share * (edges[at + 1] - edges[at])


def _label(label: str, low: float, high: float, last: bool) -> Markup:
    """Write a label below its group; one that is wider than the group stands lower, the last flush right."""
    if axes.margin([label], LABEL) <= high - low + 10:
        return axes.words(label, (low + high) / 2, BOTTOM + 13, "middle")
    return axes.words(label, *((RIGHT, BOTTOM + 26, "end") if last else ((low + high) / 2, BOTTOM + 26, "middle")))
