import numpy as np

from recommender_lab.feedback.rows import mean, plot_rows


def test_plot_rows_leave_out_what_is_not_defined():
    rows = plot_rows([{"arm": "a", "round": 1, "gini": 0.5, "novelty": float("nan")}])
    assert rows == [{"arm": "a", "round": 1, "metric": "gini", "value": 0.5}]


def test_the_mean_is_over_defined_values():
    assert mean(np.array([1.0, np.nan, 2.0])) == 1.5
    assert np.isnan(mean(np.array([np.nan])))
