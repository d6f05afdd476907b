"""The page in a real browser: charts are drawn, users are found, text stays text, and no request is made."""

import re
from urllib.parse import quote

import pytest

from recommender_lab.report import user_lists as users
from recommender_lab.report.charts import Chart
from recommender_lab.report.page import Section, render
from tests.recommender_lab.report.browser import at_the_end, needs_chromium, opened
from tests.recommender_lab.report.reading import HOSTILE
from tests.recommender_lab.report.test_charts import ROWS, TEMPLATES
from tests.recommender_lab.report.test_page import PLOTS_PAGE

pytestmark = needs_chromium
DAY = 10_227  # 1998-01-01
DATA = {
    "policies": ["svd", "two_stage"],
    "genres": ["drama", HOSTILE],
    "items": [[f"Film {at}", [0]] for at in range(12)] + [[HOSTILE, [0, 1]]],
    "users": [
        ["7", 1, 1, [[0, None, DAY]], [[1, 5, DAY + 1]], [[2, 3], [4, 5]], [[], []]],
        ["42", 120, 1, [[12, 4, DAY], [1, 3.5, DAY]], [[5, 2, DAY + 2]], [[2, 3], [4, 5]], [[14], [2]]],
        [HOSTILE, 1, 1, [[0, 4, DAY]], [[1, 5, DAY + 1]], [[2, 3], [4, 5]], [[], []]],
        *([f"more {at}", 1, 1, [], [], [[], []], [[], []]] for at in range(100)),
    ],
}
CHARTS = (
    Chart("intervals", "Intervals", ROWS, "value", "policy", "policy"),
    Chart(
        "rounds", "Rounds", [{"arm": arm, "round": at, "value": at} for arm in "ab" for at in (1, 2)], "round", "value"
    ),
)
LINES = """[...document.querySelectorAll("[data-chart='1'] .mark-line path")].map(one =>
  one.getAttribute("opacity") ?? "1").join()"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_bytes(render([Section("charts", "Charts", CHARTS), users.draw(103, 103)], DATA, TEMPLATES, PLOTS_PAGE))
    return path


def shown(found):
    """Return what the script wrote about the chosen user."""
    return found.partition('id="user"')[2].partition("</main>")[0]


@pytest.fixture(scope="module")
def chosen(page, tmp_path_factory):
    return opened(page, "#user=42", tmp_path_factory.mktemp("profile"))


@pytest.fixture
def visited(page, chromium):
    """Open the page at a fragment; at the end it has asked for nothing else."""
    pages = []

    def visited(fragment=""):
        pages.append(chromium.page(f"{page.as_uri()}{fragment}"))
        return pages[-1]

    yield visited
    for one in pages:
        one.close()
    assert [{url.partition("#")[0] for url in one.urls} for one in pages] == [{page.as_uri()}] * len(pages)


def html(page):
    return page.run("document.documentElement.outerHTML")


def test_a_user_is_shown_with_history_lists_and_the_hit_marked(chosen):
    text = shown(chosen[0])
    assert "User 42" in text
    assert "latest 2 of 120 events" in text
    assert text.index("Film 1 · rated 3.5") < text.index("alert(1)")  # the latest first
    assert "1998-01-01 · drama" in text
    assert re.findall(r"<h4>(.*?)</h4><small>(.*?)</small>", text) == [
        ("svd", "hit at rank 14, below what is shown"),
        ("two_stage", "hit at rank 2"),
    ]
    assert re.findall(r'<li class="hit">(.*?)<', text) == ["Film 5 ✓ hit"]


def test_titles_and_genres_stay_text(chosen):
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in shown(chosen[0])
    assert "<script" not in shown(chosen[0])


def test_the_chosen_user_is_pressed_in_the_list_and_the_rest_is_counted(chosen):
    assert re.findall(r'<button type="button" aria-pressed="true">(.*?)</button>', chosen[0]) == ["42"]
    assert "43 more: type to narrow" in chosen[0]


def test_every_chart_is_drawn_under_the_policy(chosen):
    figures = re.findall(r"<figure>.*?</figure>", chosen[0], re.S)
    assert [figure.count("<svg") for figure in figures] == [1, 1]
    assert [name in figures[0] for name in ("svd", "random")] == [True, True]


def test_a_click_on_the_legend_hides_a_series(visited):
    page = visited()
    page.until("drawn.length === 2")
    assert page.run(LINES) == "1,1"
    page.click("[data-chart='1'] .role-legend-label text")
    page.until(f"{LINES} === '0,1'")


def test_no_request_leaves_the_page(chosen):
    assert chosen[1] == set()


def test_without_a_choice_the_first_user_is_shown(visited):
    assert "User 7" in shown(html(visited()))


def test_an_event_without_a_rating_tells_none(visited):
    text = shown(html(visited()))
    assert "<li>Film 0<small>" in text
    assert "<li>Film 1 · rated 5<small>" in text


@pytest.mark.parametrize(
    ("fragment", "said"), [("#user=999", "User 999 is not among those shown."), ("#user=%E0%A4%A", "not among")]
)
def test_a_user_who_is_not_there_is_told(visited, fragment, said):
    assert said in shown(html(visited(fragment)))


def test_an_id_of_any_text_is_found_by_its_fragment(visited):
    assert "User &lt;/script&gt;" in shown(html(visited(f"#user={quote(HOSTILE)}")))


def test_typing_narrows_the_list(visited):
    page = visited()
    page.click("#search")
    page.write("42")
    assert re.findall(r"<button [^>]*>(.*?)</button>", html(page)) == ["42", "more 42"]


def without_policy(page, folder, more):
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text(encoding="utf-8"))
    copy = folder / "copy.html"
    copy.write_text(at_the_end(text, more), encoding="utf-8")
    return copy


class TestTheTestsCanFail:
    IMAGE = '<img src="http://a.example/x.png">'

    def test_a_request_of_a_page_without_the_policy_is_seen(self, page, tmp_path):
        assert opened(without_policy(page, tmp_path, self.IMAGE), "", tmp_path / "profile")[1] == {"a.example"}

    def test_the_policy_forbids_it(self, page, tmp_path):
        copy = tmp_path / "copy.html"
        copy.write_text(at_the_end(page.read_text(encoding="utf-8"), self.IMAGE), encoding="utf-8")
        assert opened(copy, "", tmp_path / "profile")[1] == set()
