import pytest

from recommender_lab.report import charts
from recommender_lab.report.axes import BOTTOM, LETTER, RIGHT, TOP, WIDTH
from tests.recommender_lab.report.drawn import marks, said


def test_bars_are_as_high_as_their_values():
    svg = charts.bars("Bars", [("a", 10.0), ("b", 5.0), ("c", 0.0)], "letter")
    boxes = marks(svg, "rect")
    assert [box["said"] for box in boxes] == ["a: 10", "b: 5", "c: 0"]
    assert [box["height"] for box in boxes] == pytest.approx([BOTTOM - TOP, (BOTTOM - TOP) / 2, 0], abs=0.1)
    assert {box["y"] + box["height"] for box in boxes} == {BOTTOM}
    assert said(svg)[-1] == "letter"


def test_bars_do_not_overlap_and_stay_inside():
    boxes = marks(charts.bars("Bars", [(str(at), at) for at in range(1, 121)], "x"), "rect")
    ends = [box["x"] + box["width"] for box in boxes]
    assert all(end <= box["x"] + 0.1 for end, box in zip(ends, boxes[1:], strict=False))
    assert ends[-1] <= RIGHT


def test_of_many_bars_some_are_labelled():
    labels = [f"day {at}" for at in range(100)]
    shown = [text for text in said(charts.bars("Bars", [(label, 1.0) for label in labels], "x", 4)) if text in labels]
    assert shown == ["day 0", "day 25", "day 50", "day 75"]


def test_long_labels_at_the_edges_are_whole():
    svg = charts.bars("Bars", [(f"1998-01-{at}", 8.0) for at in range(10, 30)], "day", 20)
    labels = [word for word in marks(svg, "text") if word["said"].startswith("1998")]
    half = LETTER * len("1998-01-10") / 2
    assert [labels[0]["x"], labels[-1]["x"]] == pytest.approx([half, WIDTH - half], abs=0.1)


def test_lying_bars_are_as_long_as_their_values():
    svg = charts.rows("Rows", [("one", 4.0), ("other", 2.0)], ["4 %", "2 %"])
    first, second = marks(svg, "rect")
    assert first["width"] == pytest.approx(2 * second["width"], abs=0.1)
    assert said(svg) == ["one", "4 %", "other", "2 %"]


def test_lines_go_through_their_points():
    svg = charts.lines("Lines", {"a": [(0, 0), (5, 1), (10, 2)]}, {"a": "#111111"}, "round")
    (line,) = marks(svg, "polyline")
    places = [tuple(map(float, pair.split(","))) for pair in line["points"].split()]
    assert [y for _, y in places] == [BOTTOM, (BOTTOM + TOP) / 2, TOP]
    assert places[1][0] - places[0][0] == pytest.approx(places[2][0] - places[1][0], abs=0.11)
    assert line["stroke"] == "#111111"


@pytest.mark.parametrize(
    ("last", "expected"), [(2, ["1", "2"]), (4, ["1", "2", "3", "4"]), (11, ["2", "4", "6", "8", "10"])]
)
def test_whole_numbers_are_marked_below_lines(last, expected):
    svg = charts.lines("Lines", {"a": [(at, 0) for at in range(1, last + 1)]}, {"a": "#111111"}, "round")
    assert [word["said"] for word in marks(svg, "text") if word["y"] == BOTTOM + 13] == expected


def test_a_line_of_one_point_is_a_dot():
    svg = charts.lines("Lines", {"a": [(3, 1)]}, {"a": "#111111"}, "round")
    assert len(marks(svg, "circle")) == 1


def test_equal_ratios_fall_equally_far():
    (line,) = marks(charts.falling("Tail", [(1, 1000), (10, 100), (100, 10)], "rank"), "polyline")
    (x1, y1), (x2, y2), (x3, y3) = (tuple(map(float, pair.split(","))) for pair in line["points"].split())
    assert (x2 - x1, y2 - y1) == pytest.approx((x3 - x2, y3 - y2), abs=0.11)


@pytest.mark.parametrize(
    "svg",
    [charts.bars("x", [], "y"), charts.rows("x", []), charts.lines("x", {}, {}, "y"), charts.falling("x", [], "y")],
)
def test_nothing_to_draw_is_said(svg):
    assert said(svg) == ["nothing to show"]


@pytest.mark.parametrize(
    "svg",
    [charts.bars("x", [("a", 0.0)], "y"), charts.rows("x", [("a", 0.0)]), charts.falling("x", [(1, 1)], "y")],
)
def test_what_is_all_zero_or_alone_is_drawn(svg):
    assert "nan" not in svg
