from recommender_lab.report import results

POLICIES = ("random", "svd", "two_stage")


def value_rows(metrics=("hit", "ndcg", "novelty"), ks=(5, 10, 20)):
    return [
        {"policy": policy, "metric": metric, "k": k, "value": at / 10 + k / 1000, "low": 0.0, "high": 0.5}
        for k in ks
        for metric in metrics
        for at, policy in enumerate(POLICIES)
    ]


def difference_rows():
    return [
        {
            "comparison": "two_stage - svd",
            "metric": metric,
            "k": k,
            "value": value,
            "low": 0.066,
            "high": 0.097,
            "p_value": 0.001,
            "users": 943,
        }
        for metric, k, value in (("ndcg", 5, 0.05), ("ndcg", 10, 0.081), ("hit", 10, 0.12))
    ]


def test_every_metric_is_drawn_at_one_k():
    _, *charts, _ = results.policies(value_rows(), difference_rows()).parts
    assert [chart.title for chart in charts] == ["Hit@10", "NDCG@10", "Novelty@10"]
    assert {row["k"] for chart in charts for row in chart.rows} == {10}
    assert [row["policy"] for row in charts[0].rows] == list(POLICIES)


def test_differences_are_those_of_ndcg_at_that_k():
    table = results.policies(value_rows(), difference_rows()).parts[-1]
    assert table.rows == [("two_stage - svd", "+0.081", "[0.066, 0.097]", "0.001", "a clear difference")]


def group_rows(groups):
    return [
        {
            "group": group,
            "users": users,
            "items": 9,
            "policy": policy,
            "metric": metric,
            "k": 10,
            "value": 0.2,
            "low": 0.1,
            "high": 0.3,
        }
        for group, users in groups.items()
        for policy in POLICIES
        for metric in ("hit", "recall", "ndcg")
    ]


def test_parts_are_drawn_by_history_and_by_item_with_their_users():
    charts = results.parts(group_rows({"1-5": 1200, "over 5": 3}), group_rows({"1": 10})).parts
    assert charts[0].note == "Users: 1-5: 1,200, over 5: 3."
    assert [len(chart.rows) for chart in charts] == [6, 6, 3, 3]  # groups x policies


def curve(seeds, rounds):
    return [
        {"seed": float(seed), "round": float(at), "ndcg@10": at / rounds}
        for seed in range(seeds)
        for at in range(1, rounds + 1)
    ]


def test_a_learning_curve_has_every_round_of_every_seed_and_its_best():
    chart = results.ranker(curve(3, 40), []).parts[0]
    assert len(chart.rows) == 3 * 40
    assert chart.note == "Best: 1."


def test_the_first_twenty_features_are_drawn():
    notes = {30: "20 of 30 features, 67 % of the gain.", 2: "2 of 2 features, 100 % of the gain."}
    for features, note in notes.items():
        gains = [{"feature": f"f{at}", "gain": 1 / features} for at in range(features)]
        chart = results.ranker(curve(1, 2), gains).parts[1]
        assert (len(chart.rows), chart.note) == (min(features, 20), note)


def test_nothing_measured_is_nothing_drawn():
    assert results.policies([], []).parts
    assert not [
        chart for section in (results.parts([], []), results.ranker([], [])) for chart in section.parts if chart.rows
    ]
