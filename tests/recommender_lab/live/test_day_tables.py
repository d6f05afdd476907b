from collections import Counter, defaultdict

import pytest

from recommender_lab.live.accounting import Account
from recommender_lab.live.caller import Tally
from recommender_lab.live.circle import Circle, Day
from recommender_lab.live.day_tables import chart_rows, page, render
from tests.project.project import ROOT


def day(number, clicked, errors=()):
    """Two arms are shown ten items each; of the catalogue of ten, svd shows 4 and both together 6."""
    tally = Tally(
        milliseconds=[1.0, 3.0, 5.0],
        errors=list(errors),
        lists=2,
        acknowledged=["a"] * clicked,
        shown=Counter(svd=10, two_stage=10),
        clicked=Counter(svd=1, two_stage=clicked),
        items=defaultdict(set, svd={1, 2, 3, 4}, two_stage={3, 4, 5, 6}),
    )
    return Day(number, 5, number - 1, f"rev{number}", 0.5, f"rev{number + 1} released", tally)


WHOLE = Account(7, 7, 2, 5, 5)


def circle(*days, account=WHOLE, logged=None):
    return Circle(list(days), account, 2 * len(days) if logged is None else logged, 10)


def test_the_table_has_a_line_per_day():
    lines = render(circle(day(1, 2), day(2, 4))).splitlines()
    assert lines[0].endswith(
        "CTR svd  CTR two_stage  coverage  requests  p50 ms  p99 ms  errors  events  cycle after it"
    )
    assert " ".join(lines[1].split()) == "1 5 0 rev1 0.5 0.100 0.200 0.600 3 3 5 0 2 rev2 released"
    assert " ".join(lines[2].split()) == "2 5 1 rev2 0.5 0.100 0.400 0.600 3 3 5 0 4 rev3 released"
    assert lines[4:] == [
        "lists answered 4 = in the request log 4",
        "events acknowledged 7 = in the store 7; without 2 skips 5 = collected 5 = in the log trained on 5: "
        "nothing is lost",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        circle(day(1, 2, errors=["503"])),
        circle(day(1, 2), account=Account(7, 6, 1, 5, 5)),
        circle(day(1, 2), account=Account(7, 7, 2, 4, 5)),
        circle(day(1, 2), account=Account(7, 7, 2, 5, 4)),
        circle(day(1, 2), logged=1),
    ],
)
def test_what_is_lost_or_failed_is_told(broken):
    assert circle(day(1, 2)).whole
    assert not broken.whole
    assert ("EVENTS ARE LOST" in render(broken)) == (not broken.account.whole)


def test_the_page_draws_each_metric_with_the_scripts_inside():
    rows = chart_rows(circle(day(1, 2), day(2, 4)))
    rates = [(row["day"], row["arm"], row["value"]) for row in rows if row["metric"] == "click_through"]
    assert rates == [(1, "svd", 0.1), (1, "two_stage", 0.2), (2, "svd", 0.1), (2, "two_stage", 0.4)]
    text = page(circle(day(1, 2)), ROOT / ".dvc/plots").decode()
    assert text.count('vegaEmbed("#') == 4
    assert not {"{plot_divs}", "{refresh_tag}"} & set(text.split())
