from recommender.request_log.lines import Offer
from recommender_lab.drift.one_request import render
from tests.recommender_lab.drift.made import line


def test_what_was_served_and_why():
    text = render(line(90), {7: "Seven", 9: "Nine and a half"})
    assert text.splitlines() == [
        "1998-01-01 01:30:00 UTC  user 42, two_stage, revision abc",
        "12 events before 1998-01-01 01:30:00, the last 30 minutes earlier",
        "3 candidates: svd 3, ridge 1",
        "",
        "   1  7 Seven                1.5000  ridge 1, svd 2",
        "   2  9 Nine and a half      0.5000  svd 1",
    ]


def test_an_item_without_a_title_is_its_id():
    assert "   1  7  " in render(line(), {})


def test_how_long_it_took_and_what_the_user_liked():
    text = render(line(milliseconds=12.34, features={"history_events": 3, "history_rating": 4.25}), {})
    assert text.splitlines()[0].endswith(", revision abc, 12.3 ms")
    assert text.splitlines()[1].endswith("3 events before 1998-01-01 00:00:00, mean rating of the last ten 4.2")


def test_a_user_without_events():
    text = render(line(known=False, policy="popularity", user="nobody", features={}), {})
    assert "user nobody, popularity in the place of two_stage" in text
    assert text.splitlines()[1] == "no events of this user"


def test_pauses_in_a_fitting_unit():
    pauses = {0.01: "36 seconds", 0.5: "30 minutes", 3: "3 hours", 24 * 40: "40 days"}
    for hours, words in pauses.items():
        found = line(features={"history_events": 1, "pause_hours": hours})
        assert f"the last {words} earlier" in render(found, {})


def test_an_empty_list():
    text = render(line(ranking=Offer(items=[], scores=[]), candidates={}), {})
    assert text.splitlines()[2:] == ["0 candidates: "]
