"""Drift of known size is found, and none where there is none."""

import json
import math
from itertools import chain

import numpy as np
import pytest

from recommender.files import write_json
from recommender_lab.drift import findings
from recommender_lab.drift.findings import alerts, compare
from recommender_lab.drift.measures import Difference
from recommender_lab.drift.windows import FEATURES, by_policy, one_per_user, split
from tests.recommender_lab.drift.made import LIMITS, drawn_window, line, live_window


def simulated(n, m, seed=0, times=15, **changes):
    """Return what is an alert in each of many simulations; the changes are those of the later window."""
    random = np.random.default_rng(seed)
    return [alerts(compare(drawn_window(random, n), drawn_window(random, m, **changes), LIMITS)) for _ in range(times)]


@pytest.mark.parametrize(("n", "m"), [(300, 130), (60, 50)])
def test_false_alarms_are_rarer_than_allowed(n, m):
    """Of 80 more than 3 are alerts 1 time in 115 at a true rate of 1 %, and 99,997 times in 100,000 at 20 %."""
    assert sum(map(bool, simulated(n, m, times=80))) <= 3


def of_live_logs(n, times, **changes):
    """Return what is an alert in each of many live logs, also where few users are in a window."""
    random, limits = np.random.default_rng(1), LIMITS.model_copy(update={"min_requests": 20})
    logs = (split(live_window(random, n, **changes), 0.3) for _ in range(times))
    return [alerts(compare(*one_per_user(*pair), limits)) for pair in logs]


@pytest.mark.parametrize("n", [170, 500, 1650])
def test_sessions_of_correlated_requests_are_no_drift(n):
    """The later windows have 51, 150 and 495 requests. At a rate of 1 % more than 3 of 40 alert 1 time in 1,400."""
    assert sum(map(bool, of_live_logs(n, 40))) <= 3


def test_drift_of_a_live_log_is_found():
    assert sum(map(bool, of_live_logs(1650, 8, moved=1.5))) >= 7


@pytest.mark.parametrize(
    ("found", "changes"),
    [
        ("features.history_events", {"shift": {"history_events": 0.8}}),
        ("features.top_score", {"shift": {"top_score": -0.8}}),
        ("sources", {"mix": (0.3, 0.3, 0.4)}),
        ("unknown_users", {"unknown": 0.15}),
        ("unknown_items", {"offset": 40}),
        ("coverage", {"items": 70}),
    ],
)
def test_drift_of_known_size_is_found_and_named(found, changes):
    raised = simulated(300, 130, **changes)
    assert sum(found in names for names in raised) >= 14
    other = set(chain(*raised)) - {found}
    assert other <= {"coverage", "unknown_items"}  # other items are other coverage, and the other way round


@pytest.mark.parametrize("shift", [0.1, 0.2])
def test_a_difference_too_small_to_matter_is_no_alert_however_sure(shift):
    """A shift of 0.2 deviations has a PSI of 0.04 and a distance of 0.08."""
    assert not any(simulated(5000, 4000, times=3, shift={"hour": shift}))


def test_an_alert_needs_one_measure_that_is_both_large_and_more_than_chance(monkeypatch):
    """Large is a PSI of 0.2 or a distance of 0.15; more than chance is 0.01 divided by 22 tests."""
    large, small = 0.5, 0.01
    sure, chance = 1e-9, 0.5
    cases = [
        ((large, sure), (small, chance), 1),
        ((small, chance), (large, sure), 1),
        ((large, chance), (small, sure), 0),
        ((small, sure), (large, chance), 0),
        ((large, chance), (large, chance), 0),
        ((small, sure), (small, sure), 0),
    ]
    window = drawn_window(np.random.default_rng(0), 60)
    found = []
    for index, distance, _ in cases:
        monkeypatch.setattr(findings, "psi", lambda *_, values=index: Difference(*values))
        monkeypatch.setattr(findings, "kolmogorov_smirnov", lambda *_, values=distance: Difference(*values))
        found.append((index, distance, compare(window, window, LIMITS)["features"]["top_score"]["alert"]))
    assert found == cases


def test_the_power_grows_with_the_shift():
    found = [sum(map(bool, simulated(200, 100, times=20, shift={"hour": shift}))) for shift in (0.2, 0.5, 0.8)]
    assert found[0] < 4 < found[1] < found[2]


def test_too_few_requests_raise_nothing():
    random = np.random.default_rng(0)
    found = compare(drawn_window(random, 500), drawn_window(random, 49, shift={"hour": 5.0}), LIMITS)
    assert found["requests"] == {"reference": 500, "current": 49, "enough": 0}
    assert found["features"]["hour"]["psi"] > 2
    assert (found["alerts"], alerts(found)) == (0, [])


def test_an_empty_window():
    random = np.random.default_rng(0)
    found = compare(drawn_window(random, 5)[:0], drawn_window(random, 5), LIMITS)
    assert found == {"requests": {"reference": 0, "current": 5, "enough": 0}, "alerts": 0}
    assert findings.drift_rows("svd", found) == []


def test_the_findings_are_nested_numbers(tmp_path):
    random = np.random.default_rng(0)
    found = compare(drawn_window(random, 60), drawn_window(random, 60), LIMITS)
    write_json(tmp_path / "found.json", found)
    values = json.loads((tmp_path / "found.json").read_text())
    assert set(values["features"]) == set(FEATURES)
    assert all(math.isfinite(value) for value in leaves(values))


def leaves(values):
    return chain(*(leaves(value) if isinstance(value, dict) else [value] for value in values.values()))


def test_a_feature_that_is_never_known_is_left_out_and_no_alert():
    random = np.random.default_rng(0)
    windows = [drawn_window(random, 60) for _ in range(2)]
    for window in windows:
        window.numbers["hour"] = np.nan
    found = compare(*windows, LIMITS)
    assert math.isnan(found["features"]["hour"]["ks"])
    assert "features.hour" not in alerts(found)
    assert [row["measure"] for row in findings.drift_rows("svd", found) if row["feature"] == "hour"] == ["psi"]


class TestByHand:
    def windows(self):
        """Two earlier lists [1, 2] and [1, 3], and two later ones [1, 2] and [4, 5], the last of an unknown user."""
        lists = [([1, 2], True), ([1, 3], True), ([1, 2], True), ([4, 5], False)]
        made = []
        for at, (items, known) in enumerate(lists):
            offer = {"items": items, "scores": [2.0, 1.0]}
            made.append(line(at, known=known, ranking=offer, candidates={"svd": offer}))
        return split(by_policy(made)["two_stage"], 0.5)

    def test_unknown_users(self):
        assert [findings.unknown(window).tolist() for window in self.windows()] == [[0, 0], [0, 1]]

    def test_unknown_items(self):
        """2 and 3 are in one earlier list each; of the later lists only the second holds what no earlier one did."""
        windows = self.windows()
        assert findings.unmet(*windows).tolist() == [0, 1]
        found = compare(*windows, LIMITS)["unknown_items"]
        assert (found["reference"], found["current"]) == (0.5, 0.5)

    def test_coverage(self):
        found = compare(*self.windows(), LIMITS)["coverage"]
        assert {name: round(value, 9) for name, value in found.items()} == {
            "lists": 2, "reference": 3, "current": 4, "change": 0.333333333, "alert": 0,
        }  # fmt: skip

    def test_rows_for_plots(self):
        windows = self.windows()
        found = findings.source_rows("svd", *windows)
        assert [(row["source"], row["window"], row["share"]) for row in found] == [
            ("svd", "reference", 1), ("svd", "current", 1),
        ]  # fmt: skip
        rows = findings.histogram_rows("two_stage", *windows, bins=2)
        assert all(tuple(row) == findings.HISTOGRAM for row in rows)
        scores = [row for row in rows if row["feature"] == "top_score"]
        assert [(row["window"], row["low"], row["share"]) for row in scores] == [("reference", 2, 1), ("current", 2, 1)]
