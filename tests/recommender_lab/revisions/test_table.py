import math

from recommender_lab.revisions.table import render, worse
from recommender_lab.revisions.verdicts import Comparison

ROWS = [
    Comparison("svd", "hit@10", 0.14, 0.16, 0.02, 0.01, 0.03, 0.0012, 0.015, 943, "better"),
    Comparison("svd", "ndcg@10", 0.07, 0.05, -0.02, -0.03, -0.01, 0.0012, 0.015, 943, "worse"),
    Comparison("two_stage", "hit@10", 0.2, 0.21, 0.01, -0.02, 0.04, 0.7, 0.03, 943, "too few users to tell"),
    Comparison("random", "hit@10", 0.01, 0.01, 0.0, -0.004, 0.004, math.nan, 0.0, 943, "the same for every user"),
]
EXPECTED = """\
policy     metric   main    exp     difference [95 % interval]  p (Holm)  verdict
svd        hit@10   0.1400  0.1600  +0.0200 [+0.0100, +0.0300]  0.0012    better
svd        ndcg@10  0.0700  0.0500  -0.0200 [-0.0300, -0.0100]  0.0012    worse
two_stage  hit@10   0.2000  0.2100  +0.0100 [-0.0200, +0.0400]  0.7000    too few users to tell (they could show about 0.0300)
random     hit@10   0.0100  0.0100  +0.0000 [-0.0040, +0.0040]  same      the same for every user"""  # noqa: E501


def test_the_table():
    assert render(ROWS, "main", "exp") == EXPECTED


def test_what_is_worse_is_named():
    assert worse(ROWS) == ["svd ndcg@10"]
    assert worse(ROWS[:1]) == []
