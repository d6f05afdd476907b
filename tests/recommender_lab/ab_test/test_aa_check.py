import numpy as np

from recommender.evaluation.significance import wilson
from recommender_lab.ab_test import aa_check
from recommender_lab.ab_test.resalting import Replications
from tests.recommender_lab.ab_test.worlds import design

RUN = Replications(
    np.array([0.01, 0.05, 0.5, np.nan]), np.array([0.0, 0.01, 0.02, 0.9]), np.array([True, True, True, False])
)
RUNS = {("new", "hit@5", "plain"): RUN}


def test_alarms_and_finds_are_counted_at_alpha_with_intervals():
    found = aa_check.summary(RUNS, design())["new_minus_old"]["hit@5"]["plain"]
    assert (found["false_alarms"], found["found"], found["interval_held_truth"]) == (0.5, 0.75, 0.75)
    assert (found["found_low"], found["found_high"]) == wilson(3, 4, 0.05)


def test_there_is_a_row_for_each_level():
    rows = aa_check.level_rows(RUNS, design())
    assert len(rows) == 2 * len(aa_check.LEVELS)
    assert {row["comparison"] for row in rows} == {"new - old"}
    shares = {(row["served"][:3], row["level"]): row["share"] for row in rows}
    assert shares["A/A", 0.05] == 0.5
    assert shares["A/B", 0.001] == 0.25
    assert shares["A/A", 1.0] == 0.75


def test_shares_never_fall_with_the_level():
    shares = [row["share"] for row in aa_check.level_rows(RUNS, design()) if row["served"].startswith("A/A")]
    assert shares == sorted(shares)
    assert sorted(aa_check.LEVELS) == list(aa_check.LEVELS)
