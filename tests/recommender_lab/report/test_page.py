import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from recommender.errors import DataError
from recommender_lab.report.page import Note, Section, Table, libraries, render
from tests.recommender_lab.report.reading import HOSTILE, Reader

HERE = Path("src/recommender_lab/report")
ROOT = Path(__file__).parents[3]
PLOTS_PAGE = (ROOT / ".dvc/plots/offline.html").read_text(encoding="utf-8")
TABLE = Table("A table", (HOSTILE, "n"), [(HOSTILE, "7")], HOSTILE)
SECTIONS = [Section("first", "The data", (Note(HOSTILE), TABLE)), Section("users", HOSTILE, ())]
PAGE = render(SECTIONS, {"title": HOSTILE}, {}, PLOTS_PAGE).decode("utf-8")


def inner(tag):
    return re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", PAGE, re.S)


def test_each_section_is_linked():
    read = Reader(PAGE)
    assert [tag["href"] for name, tag in read.tags if name == "a"] == ["#first", "#users"]
    assert [tag["id"] for name, tag in read.tags if name == "section"] == ["first", "users"]


def test_text_of_the_data_stays_text():
    read = Reader(PAGE)
    assert [name for name, _ in read.tags].count("script") == 5  # values, three libraries, report.js
    assert read.text.count(HOSTILE) == 6  # two links and headings of one section, note, table: header, cell, note
    assert json.loads(inner("script")[0]) == {"charts": [], "lists": {"title": HOSTILE}}


def test_a_table_has_its_cells():
    assert "<td>7</td>" in PAGE


def test_the_policy_allows_this_style_and_these_scripts_and_nothing_else():
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', PAGE)[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    hashed = {
        kind: " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts
        )
        for kind, texts in {"style-src": inner("style"), "script-src": inner("script")[1:]}.items()
    }
    assert rules == hashed | {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}


def test_the_page_has_the_chart_libraries_of_the_plots_with_their_licences():
    notice, scripts = libraries(PLOTS_PAGE)
    assert inner("script")[1:-1] == scripts
    assert notice in PAGE
    assert notice.count("Redistribution and use in source and binary forms") == 3


def test_a_page_of_plots_without_libraries_is_an_error():
    with pytest.raises(DataError, match=r"offline\.html: found 0 scripts, expected"):
        libraries("<html></html>")


def test_style_and_script_name_no_address():
    for kind in ("css", "js"):
        text = (ROOT / HERE / f"report.{kind}").read_text(encoding="utf-8")
        assert not re.search(r"url\(|@import|https?:|innerHTML|fetch|XMLHttp|import\(", text), kind


def test_the_page_has_its_encoding_and_fits_a_phone():
    head = PAGE.partition("</head>")[0]
    assert '<meta charset="utf-8">' in head
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in head
