"""The pages in a real browser, with real clicks and keys, on a real service of the miniature project.

Each user has 12 of the 24 items and rated them 1 to 5. Each test has a user of its own.
"""

import json

import pytest

from recommender.columns import POLICIES
from recommender.serving.options import Options
from tests.recommender_lab.report.browser import needs_chromium
from tests.serving.client import event, serving

pytestmark = needs_chromium
PHONE = 360


@pytest.fixture
def opened(chromium, client):
    """Open pages; at the end none of them has asked another machine for anything, or has had an error."""
    pages, own = [], f"http://127.0.0.1:{client.port}/"

    def opened(path="", **size):
        pages.append(chromium.page(own + path, **size))
        return pages[-1]

    yield opened
    for page in pages:
        page.close()
    assert [url for page in pages for url in page.urls if not url.startswith(own)] == []
    assert [page.errors for page in pages] == [[]] * len(pages)


@pytest.fixture
def of_user(opened):
    """Open the page and choose a user by name."""

    def of_user(user, **size):
        page = opened(**size)
        page.until("document.querySelector('#random li')")
        page.click("#user", times=3)
        page.write(str(user))
        page.click("#who button")
        page.until(f"document.querySelector('#state').textContent === {json.dumps(f'Lists of user {user}.')}")
        return page

    return of_user


def texts(page, selector):
    return page.run(f"[...document.querySelectorAll({json.dumps(selector)})].map(one => one.textContent)")


def titles(page, policy):
    return texts(page, f"#{policy} .title")


def heading(page):
    return texts(page, "#history h2")[0]


def told(client, user):
    """Return kind, item, value and rank of the events of a user."""
    events = [found for _, found in client.service.store.since(0)]
    return [(one.kind, one.item, one.value, one.rank) for one in events if one.user == user]


def has_said(page, text):
    page.until(f"document.querySelector('#state').textContent.startsWith({json.dumps(text)})")


def test_a_user_is_picked_and_the_lists_appear(client, of_user):
    page = of_user(1)
    assert heading(page) == "History: 12 events, newest first"
    for policy in POLICIES:
        assert titles(page, policy) == [item["title"] for item in client.ask(user=1, policy=policy)["items"]]
    first = next(item for item in client.ask(user=1, policy="svd")["items"] if item["genres"])
    assert texts(page, "#svd .genres")[0] == ", ".join(first["genres"])


def test_somebody_new_gets_the_popular_items_until_the_first_click(opened):
    page = opened()
    page.until("document.querySelector('#random li')")
    page.click("#new")
    page.until("document.querySelector('#history h2').textContent === 'History: 0 events'")
    assert texts(page, "#svd h2") == ["svd: popularity answers, as nothing is known"]
    page.click("#svd .title")
    page.until("document.querySelector('#history h2').textContent === 'History: 1 event, newest first'")
    assert texts(page, "#svd h2") == ["svd"]


def test_a_click_is_kept_and_the_next_lists_know_it(client, of_user):
    page = of_user(2)
    before, chosen = titles(page, "two_stage"), client.ask(user=2)["items"][0]
    page.click("#two_stage .title")
    has_said(page, f"Chosen: {chosen['title']}.")
    assert told(client, 2) == [("click", chosen["item_id"], None, 1)]
    assert heading(page) == "History: 13 events, newest first"
    assert page.run("document.querySelector('#history li').firstChild.data") == chosen["title"]
    after = titles(page, "two_stage")
    assert after == [item["title"] for item in client.ask(user=2)["items"]]
    new = "[...document.querySelectorAll('#two_stage .new')].map(one => one.previousSibling.textContent)"
    assert set(page.run(new)) == set(after) - set(before) != set()
    assert page.run("document.activeElement.dataset.place") == "two_stage 1 title"


def test_a_click_belongs_to_the_user_of_the_list_whatever_name_is_being_written(client, of_user):
    page = of_user(10)
    page.click("#user")
    page.write("1")
    page.click("#two_stage .title")
    has_said(page, "Chosen")
    assert len(told(client, 10)) == 1
    assert heading(page) == "History: 13 events, newest first"


def test_a_double_click_is_one_event(client, of_user):
    page = of_user(3)
    page.click("#two_stage .title", times=2)
    has_said(page, "Chosen")
    assert [kind for kind, *_ in told(client, 3)] == ["click"]


def test_a_rating(client, of_user):
    page = of_user(4)
    chosen = client.ask(user=4, policy="svd")["items"][1]
    page.click("#svd li:nth-child(2) summary")
    assert texts(page, "#svd details[open] button") == ["1", "2", "3", "4", "5"]
    page.click("#svd details[open] button:nth-of-type(4)")
    has_said(page, f"Rated 4: {chosen['title']}.")
    assert told(client, 4) == [("rating", chosen["item_id"], 4.0, 2)]
    assert heading(page) == "History: 13 events, newest first"
    assert chosen["title"] not in titles(page, "svd")


def test_an_item_that_is_not_wanted_is_no_history_and_does_not_come_back(client, of_user):
    page = of_user(5)
    unwanted = client.ask(user=5)["items"][0]
    page.click("#two_stage .actions > button")
    has_said(page, f"Not for you: {unwanted['title']}.")
    assert told(client, 5) == [("skip", unwanted["item_id"], None, 1)]
    assert heading(page) == "History: 12 events, newest first"
    assert [policy for policy in POLICIES if unwanted["title"] in titles(page, policy)] == []


def test_reasons_and_sources(client, of_user):
    page = of_user(6)
    assert texts(page, ".why, .sources") == []
    page.click("#why")
    page.until("document.querySelector('.why')")
    items = client.ask(user=6, explain=True)["items"]
    assert texts(page, "#two_stage .why") == [item["why"] for item in items]
    assert texts(page, "#two_stage .sources") == [f"From {', '.join(item['sources'])}" for item in items]


def test_the_keyboard_alone_reaches_and_rates_an_item(client, opened):
    """The page begins with the first user of the log."""
    page = opened()
    page.until("document.querySelector('#random li')")
    chosen = client.ask(user=0)["items"][0]

    def tab_to(label):
        for _ in range(40):
            page.press("Tab")
            name = "document.activeElement.ariaLabel ?? document.activeElement.textContent"
            if page.run(name) == label:
                assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
                return
        raise AssertionError(f"{label} was not reached")

    tab_to(f"Rate {chosen['title']}")
    page.press("Enter")
    tab_to(f"Rate {chosen['title']} 3")
    page.press("Enter")
    has_said(page, "Rated 3")
    assert told(client, 0) == [("rating", chosen["item_id"], 3.0, 1)]
    assert page.run("document.activeElement.dataset.place") == "two_stage 1 rate"


def test_a_name_is_text_and_a_long_one_has_room(of_user):
    page = of_user("<b id=bold>" + "M" * 180, width=PHONE)
    assert page.run("document.querySelector('#bold')") is None
    assert page.run("document.documentElement.scrollWidth") == PHONE


def test_on_a_phone_nothing_is_wider_than_the_screen(of_user, opened):
    page = of_user(8, width=PHONE)
    page.click("#why")
    page.until("document.querySelector('.why')")
    page.click("#svd summary")
    operators = opened("operations", width=PHONE)
    operators.until("document.querySelector('#arms td')")
    assert [one.run("document.documentElement.scrollWidth") for one in (page, operators)] == [PHONE, PHONE]


def test_operators_see_counts_change_without_a_button(client, opened):
    client.tell(event("of the page", 9, 0))
    client.ask(user=9, policy="random")
    page = opened("operations")
    page.until("document.querySelector('#arms td')")
    assert texts(page, "button") == []

    answers = (
        "[...document.querySelectorAll('#arms tr')].find(row => /random/.test(row.textContent)).cells[2].textContent"
    )
    before = int(page.run(answers))
    client.ask(user=9, policy="random")
    client.ask(user=9, policy="random")
    page.until(f"{answers} === '{before + 2}'")
    assert dict(zip(texts(page, "#bundle dt"), texts(page, "#bundle dd"), strict=True))["items"] == "24"
    assert texts(page, "#evaluated td") == ["0.500"]


def test_a_token_is_asked_for(project, chromium, tmp_path):
    with serving(Options(project, tmp_path / "events.sqlite", token="söcret")) as guarded:
        page = chromium.page(f"http://127.0.0.1:{guarded.port}/")
        page.until("!document.querySelector('#key').hidden")
        page.click("#key input")
        page.write("söcret")
        page.press("Enter")
        page.until("document.querySelector('#random li')")
        assert page.run("document.querySelector('#key').hidden")
        page.close()


def test_a_request_to_another_machine_would_be_noticed(chromium, client):
    page = chromium.page(f"http://127.0.0.1:{client.port}/")
    page.run("fetch('http://other.invalid/').catch(() => null)")
    page.until("document.querySelector('#random li')")
    page.close()
    assert "Content Security Policy" in "".join(page.errors)
