from recommender_lab.report import axes
from tests.recommender_lab.report.drawn import marks, said


def test_a_drawing_is_named_and_as_wide_as_its_place():
    found = marks(axes.drawing(40, "A name"), "svg")[0]
    assert (found["aria-label"], found["role"], found["viewBox"]) == ("A name", "img", "0 0 360 40")
    assert "width" not in found


def test_lines_of_a_grid_stand_at_their_values():
    svg = axes.drawing(40, "x", *axes.rows_grid([0, 0.5], lambda value: 100 - 100 * value, 30))
    assert [(line["y1"], line["y2"]) for line in marks(svg, "line")] == [(100, 100), (50, 50)]
    assert said(svg) == ["0", "0.5"]
    svg = axes.drawing(40, "x", *axes.columns_grid([1, 2], lambda value: 10 * value, 0, 30))
    assert [(line["x1"], line["x2"]) for line in marks(svg, "line")] == [(10, 10), (20, 20)]


def test_a_box_has_no_negative_side():
    assert marks(axes.box(0, 0, -1, -0.5, "red", "told"), "rect")[0]["width"] == 0


def test_long_labels_are_cut_and_room_is_no_larger_than_the_cut():
    assert said(axes.drawing(9, "x", axes.name("abcdefgh", 0, 0, 5))) == ["abcd…"]
    assert axes.margin(["a" * 50], 5) == axes.margin(["aaaaa"], 26)


def test_nothing_to_draw_is_said():
    assert said(axes.nothing("x")) == ["nothing to show"]
