import numpy as np
import pytest

from recommender.evaluation.significance import wilson
from recommender_lab.ab_test import check
from recommender_lab.ab_test.resalting import Replications
from tests.recommender_lab.ab_test.worlds import design

RUN = Replications(
    np.array([0.01, 0.05, 0.5, np.nan]), np.array([0.0, 0.01, 0.02, 0.9]), np.array([True, True, True, False])
)
RUNS = {("new", "hit@5", "plain"): RUN}


def test_alarms_and_finds_are_counted_at_alpha_with_intervals():
    told = check.summary(RUNS, design())["new_minus_old"]["hit@5"]["plain"]
    assert (told["false_alarms"], told["found"], told["interval_held_truth"]) == (0.5, 0.75, 0.75)
    assert (told["found_low"], told["found_high"]) == wilson(3, 4, 0.05)


def test_there_is_a_row_for_each_level():
    rows = check.level_rows(RUNS, design())
    assert len(rows) == 2 * len(check.LEVELS)
    assert {row["comparison"] for row in rows} == {"new - old"}
    shares = {(row["served"][:3], row["level"]): row["share"] for row in rows}
    assert shares["A/A", 0.05] == 0.5
    assert shares["A/B", 0.001] == 0.25
    assert shares["A/A", 1.0] == 0.75


def test_shares_never_fall_with_the_level():
    shares = [row["share"] for row in check.level_rows(RUNS, design()) if row["served"].startswith("A/A")]
    assert shares == sorted(shares)
    assert sorted(check.LEVELS) == list(check.LEVELS)


def test_each_way_of_finding_a_difference_has_a_row():
    told = {"difference": 0.1, "low": 0.0, "high": 0.2, "p_value": 0.05}
    rows = check.design_rows({"new_minus_old": {"hit@5": {"plain": told, "paired": told}}})
    assert [row["comparison"] for row in rows] == ["new - old, plain", "new - old, paired"]
    assert rows[0] == pytest.approx(
        {"comparison": "new - old, plain", "metric": "hit", "k": 5, "value": 0.1, "low": 0.0, "high": 0.2}
    )
