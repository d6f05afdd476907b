from recommender_lab.report import experiments

AB = {
    "arms": {
        "svd": {"users": 355, "rate": 0.158, "low": 0.12, "high": 0.2},
        "two_stage": {"users": 1403, "rate": 0.263, "low": 0.22, "high": 0.31},
    },
    "resalted": {"two_stage_minus_svd": {"hit@10": {"plain": {"false_alarms": 0.049, "found": 0.9975}}}},
    "sample_ratio": {"p_value": 0.208},
}


GAPS = [
    {"comparison": f"two_stage - svd, {way}", "metric": metric, "k": 10, "value": 0.1, "low": 0.05, "high": 0.15}
    for metric in ("hit", "ndcg")
    for way in ("plain", "cuped", "paired")
]


def test_the_ab_test_has_arms_ways_and_its_own_check():
    arms, hit, ndcg, check = experiments.ab_test(AB, GAPS).parts
    assert arms.note == "Users by arm: svd 355, two_stage 1,403; sample-ratio check p = 0.208."
    assert [(row["policy"], row["value"]) for row in arms.rows] == [("svd", 0.158), ("two_stage", 0.263)]
    assert (hit.title, ndcg.title) == ("Difference in Hit@10", "Difference in NDCG@10")
    assert [row["way"] for row in hit.rows] == ["plain", "cuped", "paired"]
    assert check.rows == [("two_stage - svd, Hit@10, plain", "4.9 %", "100 %")]


def test_what_the_ab_test_could_not_measure_is_a_dash():
    resalted = {"two_stage_minus_svd": {"ndcg@10": {"plain": {"false_alarms": 0.0}}}}
    arms, check = experiments.ab_test(AB | {"resalted": resalted, "sample_ratio": {}}, []).parts
    assert arms.note.endswith("check p = -.")
    assert check.rows == [("two_stage - svd, NDCG@10, plain", "0 %", "-")]


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
    assert [chart.title for chart in (first, second)] == [
        "transitions_all: NDCG@10 by round",
        "two_stage_recent: NDCG@10 by round",
    ]
    assert list(dict.fromkeys(row["arm"] for row in first.rows)) == ["never", "every_round"]
    assert {row["metric"] for row in first.rows} == {"ndcg@10"}
    assert table.rows == [(arms[0], "0.130 [0.120, 0.140]", "0.130 [0.120, 0.140]", "28 %", "1.9 %", "77")]


def test_a_log_too_short_for_any_round_has_an_empty_replay():
    (table,) = experiments.replay({"rounds": 0}, []).parts
    assert table.rows == []
    assert table.note.startswith("There are no rounds")


def test_the_closed_loop_draws_what_was_measured_and_the_estimators():
    values = {"bias": 0.0051, "bias_low": -0.002, "bias_high": 0.013, "interval_coverage": 0.95}
    estimator = {"estimator": "doubly_robust"} | values
    section = experiments.feedback_loop(round_rows(["svd", "two_stage"], ["coverage", "gini", "liked"]), [estimator])
    coverage, gini, errors, estimators = section.parts
    assert (coverage.title, gini.title) == ("Coverage of the catalogue", "Gini of exposure")
    assert len(gini.rows) == 2 * 3  # arms x rounds
    assert errors.rows == [estimator]
    assert estimators.rows == [("doubly_robust", "+0.0051", "95 %")]


def test_a_loop_without_a_defined_bias_has_no_estimators_to_draw():
    for rows in ([], [{"estimator": "ips"}]):
        assert experiments.feedback_loop([], rows).parts[-2].rows == []
