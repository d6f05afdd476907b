import numpy as np
import pytest

from recommender_lab.drift.findings import compare
from recommender_lab.drift.texts import latencies, render_check, render_scores
from recommender_lab.drift.windows import by_policy
from tests.recommender_lab.drift.made import LIMITS, drawn_window, line


def test_quantiles_and_a_histogram_of_scores():
    text = render_scores(by_policy([line(0), line(1, ranking={"items": [1, 2], "scores": [12.5, 1.5]})]))
    assert text.splitlines()[0] == "two_stage: 2 requests, 4 served items"
    assert text.splitlines()[2].split() == [
        "first", "item", "1.5000", "2.0500", "4.2500", "7.0000", "9.7500", "11.9500", "12.5000",
    ]  # fmt: skip
    bars = [bar.split() for bar in text.splitlines()[4:]]
    assert len(bars) == 12
    assert bars[0] == ["0.5000", "to", "1.5000", "1", "#" * 20]
    assert bars[1] == ["1.5000", "to", "2.5000", "2", "#" * 40]
    assert bars[-1] == ["11.5000", "to", "12.5000", "1", "#" * 20]


def test_lists_without_items():
    text = render_scores(by_policy([line(ranking={"items": [], "scores": []})]))
    assert text == "two_stage: 1 requests, 0 served items"


def test_policies_one_after_the_other():
    assert render_scores(by_policy([line(), line(model="svd")])).count("1 requests, 2 served items") == 2


def test_latencies_against_numpy():
    window = by_policy([line(at, milliseconds=float(at)) for at in range(101)])["two_stage"]
    assert latencies(window) == pytest.approx({"p50": 50, "p95": 95, "p99": 99})


def test_a_log_without_latencies_has_none():
    assert latencies(by_policy([line()])["two_stage"]) == {}


def test_a_check_marks_what_is_an_alert():
    random = np.random.default_rng(0)
    found = compare(drawn_window(random, 300), drawn_window(random, 130, shift={"hour": 1.0}), LIMITS)
    lines = render_check("svd", found).splitlines()
    assert lines[0] == "svd: 130 requests against 300 earlier ones"
    assert [text.split()[1] for text in lines if text.startswith("!")] == ["hour"]
    assert len(lines) == 1 + 9 + 4


def test_a_check_of_too_few():
    random = np.random.default_rng(0)
    found = compare(drawn_window(random, 9), drawn_window(random, 9), LIMITS)
    assert render_check("svd", found).startswith(
        "svd: 9 requests against 9 earlier ones: too few to call any difference an alert\n"
    )
