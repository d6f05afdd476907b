import pytest

from recommender_lab.report import experiments

ONE = {"difference": 0.1, "low": 0.05, "high": 0.15, "p_holm": 0.01}
AB = {
    "arms": {
        "svd": {"users": 355, "rate": 0.158, "low": 0.12, "high": 0.2},
        "two_stage": {"users": 1403, "rate": 0.263, "low": 0.22, "high": 0.31},
    },
    "differences": {"two_stage_minus_svd": {"hit@10": {"cuped": ONE, "paired": ONE, "plain": ONE}}},
    "resalted": {"two_stage_minus_svd": {"hit@10": {"plain": {"false_alarms": 0.049, "found": 0.9975}}}},
    "sample_ratio": {"p_value": 0.208},
}


def test_the_ab_test_tells_arms_ways_and_its_own_check():
    arms, gaps, check = experiments.ab_test(AB).parts
    assert "Users by arm: svd 355, two stage 1,403; sample-ratio check p = 0.208." in arms
    assert "svd svd: 0.158 [0.120, 0.200]" in arms
    assert [gaps.index(f"</svg>{way}<") for way in ("plain", "cuped", "paired")] == sorted(
        gaps.index(f"</svg>{way}<") for way in ("plain", "cuped", "paired")
    )
    assert "two stage - svd, Hit@10, plain</th><td>4.9 %</td><td>100 %</td>" in check


def test_what_the_ab_test_could_not_tell_is_left_out_or_a_dash():
    found = AB | {
        "differences": {"two_stage_minus_svd": {"ndcg@10": {"cuped": {}, "paired": ONE, "plain": {"difference": 0.1}}}},
        "resalted": {"two_stage_minus_svd": {"ndcg@10": {"plain": {"false_alarms": 0.0}}}},
        "sample_ratio": {},
    }
    arms, gaps, check = experiments.ab_test(found).parts
    assert "check p = -." in arms
    assert gaps.count("<title>") == 1
    assert "<td>0 %</td><td>-</td>" in check


def round_rows(arms, metrics, rounds=3):
    return [
        {"arm": arm, "metric": metric, "round": at, "value": at / 10}
        for arm in arms
        for metric in metrics
        for at in range(1, rounds + 1)
    ]


def replayed(**over_users):
    values = {"coverage@10": 0.28, "new_items": 0.019, "model_age_days": 77.0}
    return {"over_users": over_users, "over_rounds": values}


def test_the_replay_has_a_drawing_per_weighting_and_a_line_per_schedule():
    arms = ["transitions_all_never", "transitions_all_every_round", "two_stage_recent_every_n"]
    ndcg = {"mean": 0.13, "low": 0.12, "high": 0.14}
    found = {"arms": {arms[0]: replayed(**{"hit@10": ndcg, "ndcg@10": ndcg})}}
    first, second, table = experiments.replay(found, round_rows(arms, ["hit@10", "ndcg@10"])).parts
    assert ("transitions all: NDCG@10 by round" in first, first.count("<polyline")) == (True, 2)
    assert ("two stage recent: NDCG@10 by round" in second, second.count("<polyline")) == (True, 1)
    cells = "<td>0.130 [0.120, 0.140]</td>" * 2 + "<td>28 %</td><td>1.9 %</td><td>77</td>"
    assert f"transitions all never</th>{cells}" in table


def test_a_round_without_requests_has_no_point():
    rows = round_rows(["a_never"], ["ndcg@10"], 4)
    del rows[1]["value"]
    first, _ = experiments.replay({"arms": {}}, rows).parts
    assert len(first.split('points="')[1].split('"')[0].split()) == 3


def test_a_log_too_short_for_any_round_has_an_empty_replay():
    (table,) = experiments.replay({"rounds": 0}, []).parts
    assert "<tbody></tbody>" in table
    assert "No round to show" in table


def test_the_closed_loop_draws_what_was_measured_and_the_estimators():
    estimator = {
        "estimator": "doubly_robust",
        "bias": 0.0051,
        "bias_low": -0.002,
        "bias_high": 0.013,
        "interval_coverage": 0.95,
    }
    section = experiments.feedback_loop(round_rows(["svd", "two_stage"], ["coverage", "gini", "liked"]), [estimator])
    key, coverage, gini, errors, estimators = section.parts
    assert "two stage" in key
    assert "Coverage of the catalogue" in coverage
    assert gini.count("<polyline") == 2
    assert "doubly robust: 0.005 [-0.002, 0.013]" in errors
    assert "doubly robust</th><td>+0.0051</td><td>95 %</td>" in estimators


@pytest.mark.parametrize("rows", [[], [{"estimator": "ips"}]])
def test_a_loop_without_anything_measured_says_so(rows):
    assert "nothing to show" in experiments.feedback_loop([], rows).parts[-2]
