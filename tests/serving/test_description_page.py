"""The page /docs: all of the description, and nothing from another machine."""

import html
import re

import pytest

from recommender.serving.description_page import reference


@pytest.fixture(scope="module")
def page(client):
    status, headers, content = client.send("GET", "/docs")
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    assert headers["content-security-policy"].startswith("default-src 'self'")
    return html.unescape(content.decode())


def test_every_request_and_field_is_there(client, page):
    description = client.json("GET", "/openapi.json")
    for path, methods in description["paths"].items():
        for method in methods:
            assert f"<h2>{method.upper()} {path}</h2>" in page
    for name, schema in description["components"]["schemas"].items():
        section = page.partition(f'<section id="{name}">')[2].partition("</section>")[0]
        assert section, name
        assert [one for one in schema.get("properties", {}) if f"<code>{one}</code>" not in section] == []


def test_types_limits_and_examples(page):
    def row(name):
        return re.sub(r"\s+", " ", re.search(rf"<tr><td><code>{name}</code></td><td>(.*?)</td></tr>", page, re.S)[1])

    assert row("k") == "integer, minimum 1, maximum 100</td><td>10"
    assert row("policy") == "random or popularity or svd or two_stage or null</td><td>"
    assert row("item_id") == "integer or string</td><td>required"
    assert '"event_id": "6a1f"' in page
    links = set(re.findall(r'href="#(\w+)"', page))
    assert links
    assert links <= set(re.findall(r'id="(\w+)"', page))


def test_it_asks_no_other_machine(page):
    assert not re.search(r"(?:src|href)=.(?!#|/openapi\.json|/page/reference\.css)|https?://|@import|url\(", page)


def test_what_a_description_says_is_no_markup():
    given = {"info": {"title": "<b>"}, "paths": {}, "components": {"schemas": {"A": {"description": "<script>"}}}}
    text = reference(given)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
