import pytest

from recommender_lab.report.axes import BOTTOM, RIGHT, TOP
from recommender_lab.report.colours import INK
from recommender_lab.report.interval_bars import Estimate, estimates, groups
from tests.recommender_lab.report.drawn import marks, said

COLOURS = {"svd": "#111111", "two_stage": "#222222"}


def whiskers(svg, colour):
    return [line for line in marks(svg, "line") if line["stroke"] == colour]


def test_a_dot_lies_within_its_interval_and_is_told():
    svg = estimates("Hit", [Estimate("svd", 0.2, 0.1, 0.4, "svd")], COLOURS)
    (dot,), (line,) = marks(svg, "circle"), whiskers(svg, "#111111")
    assert (dot["cx"] - line["x1"]) / (line["x2"] - line["x1"]) == pytest.approx(1 / 3, abs=0.01)
    assert dot["said"] == "svd svd: 0.200 [0.100, 0.400]"


@pytest.mark.parametrize(("low", "lines"), [(-0.1, 1), (0.1, 0)])
def test_zero_is_marked_where_it_is_in_sight(low, lines):
    found = [Estimate("a", 0.15, low, 0.2, "svd")]
    assert len(whiskers(estimates("Gap", found, COLOURS), INK)) == lines


def test_rows_come_in_their_order():
    svg = estimates("Hit", [Estimate(name, 1, 0, 2, "svd") for name in ("z", "a")], COLOURS)
    assert [text for text in said(svg) if text in {"a", "z"}] == ["z", "a"]
    assert [dot["cy"] for dot in marks(svg, "circle")] == [9, 27]


def test_a_group_has_its_series_side_by_side():
    found = [Estimate(group, 0.5, 0, 1, name) for group in ("1-5", "6-20") for name in COLOURS]
    svg = groups("Hit", found, COLOURS, "events")
    x = [dot["cx"] for dot in marks(svg, "circle")]
    assert sorted(x) == x
    assert x[1] - x[0] == pytest.approx(x[3] - x[2], abs=0.11)
    assert {dot["cy"] for dot in marks(svg, "circle")} == {(BOTTOM + TOP) / 2}
    assert [text for text in said(svg) if "-" in text] == ["1-5", "6-20"]


def test_the_label_of_a_narrow_group_stands_lower_and_within_the_drawing():
    found = [Estimate(group, 0.5, 0, 1, "svd") for group in (*map(str, range(1, 11)), "no events")]
    labels = {text["said"]: text for text in marks(groups("Hit", found, COLOURS, "decile"), "text")}
    assert labels["no events"]["y"] > labels["10"]["y"]
    assert (labels["no events"]["x"], labels["no events"]["text-anchor"]) == (RIGHT, "end")


def test_a_group_begins_at_zero():
    svg = groups("Hit", [Estimate("a", 0.5, 0.4, 0.6, "svd")], COLOURS, "events")
    assert said(svg)[0] == "0"


def test_nothing_to_draw_is_said():
    assert said(estimates("x", [], {})) == said(groups("x", [], {}, "y")) == ["nothing to show"]
