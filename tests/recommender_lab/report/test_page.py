import base64
import hashlib
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.report.markup import element
from recommender_lab.report.page import Section, embedded, render
from recommender_lab.report.script import SCRIPT
from recommender_lab.report.style import STYLE
from tests.recommender_lab.report.test_markup import HOSTILE, Reader

SECTIONS = [Section("data", "The data", (element("p", HOSTILE),)), Section("users", HOSTILE, ())]
PAGE = render(SECTIONS, {"title": HOSTILE}).decode("ascii")


def inner(tag):
    return re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", PAGE, re.S)


def test_each_section_is_linked():
    read = Reader(PAGE)
    links = [tag["href"] for name, tag in read.tags if name == "a"]
    assert links == ["#data", "#users"]
    assert [tag["id"] for name, tag in read.tags if name == "section"] == ["data", "users"]


def test_text_of_the_data_stays_text():
    assert [name for name, _ in Reader(PAGE).tags].count("script") == 2
    assert json.loads(inner("script")[0]) == {"title": HOSTILE}


@given(st.dictionaries(st.text(), st.text()))
def test_any_text_comes_back_out_of_the_embedded_data(values):
    text = embedded(values)
    assert json.loads(text) == values
    assert not set(text) & set("<>&")
    assert text.isascii()


def test_the_policy_allows_this_style_and_this_script_and_nothing_else():
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', PAGE)[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    hashed = {
        kind: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for kind, text in {"style-src": inner("style")[0], "script-src": inner("script")[1]}.items()
    }
    assert rules == {kind: f"'sha256-{digest}'" for kind, digest in hashed.items()} | {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_style_and_script_are_ascii_and_name_no_address():
    """What is not ASCII would be written as a character reference, which means nothing inside a script."""
    for text in (STYLE, SCRIPT):
        assert text.isascii()
        assert not re.search(r"url\(|@import|//\w|innerHTML|fetch|XMLHttp|import\(", text)


def test_the_page_says_its_encoding_and_fits_a_phone():
    head = PAGE.partition("</head>")[0]
    assert '<meta charset="utf-8">' in head
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in head
