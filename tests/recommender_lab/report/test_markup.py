import html.parser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.report.markup import Markup, element, figure, table, tiles, together

HOSTILE = "</script><script>alert(1)</script>\"'&🙂"


class Reader(html.parser.HTMLParser):
    """What a browser would find: the tags with their attributes, and all text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_an_element_has_its_attributes_and_children():
    found = element("a", "more", element("b", 7), href="#x", class_="k", aria_label=None, data_n=3)
    assert found == '<a href="#x" class="k" data-n="3">more<b>7</b></a>'


def test_coordinates_have_one_decimal_at_most():
    assert element("line", x1=0.1 + 0.2, x2=5.0, y1=7) == '<line x1="0.3" x2="5" y1="7"></line>'


def test_markup_is_kept_text_is_escaped_and_none_is_left_out():
    assert together([Markup("<b>x</b>"), None, "a < b & c"]) == "<b>x</b>a &lt; b &amp; c"


@given(st.text(alphabet=st.characters(exclude_categories=["C"])))
def test_any_text_comes_back_as_text_and_as_attribute(text):
    read = Reader(element("p", text, title=text))
    assert read.tags == [("p", {"title": text})]
    assert read.text == text


@pytest.mark.parametrize(
    "made",
    [
        table([HOSTILE], [(HOSTILE,)]),
        figure(HOSTILE, Markup("<svg></svg>"), HOSTILE),
        tiles([(HOSTILE, HOSTILE)]),
    ],
)
def test_no_text_becomes_a_tag(made):
    read = Reader(made)
    assert "script" not in [tag for tag, _ in read.tags]
    assert read.text.count(HOSTILE) == 2


def test_a_table_has_a_heading_in_each_row():
    read = Reader(table(["name", "size"], [("a", 1), ("b", 2)]))
    assert [tag for tag, _ in read.tags if tag in {"th", "td"}] == ["th", "th", "th", "td", "th", "td"]
    assert read.text == "namesizea1b2"
