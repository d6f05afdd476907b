import pytest

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
        }
        for metric, k, value in (("ndcg", 5, 0.05), ("ndcg", 10, 0.081), ("hit", 10, 0.12))
    ]


def test_every_metric_is_drawn_at_one_k():
    text = "".join(results.policies(value_rows(), difference_rows()).parts)
    assert [f"{title}@10" in text for title in ("Hit", "NDCG", "Novelty")] == [True] * 3
    assert "Coverage" not in text
    assert "two stage two stage: 0.210 [0, 0.500]" in text
    assert "@5" not in text
    assert "@20" not in text


def test_differences_are_those_of_ndcg_at_that_k():
    text = "".join(results.policies(value_rows(), difference_rows()).parts)
    row = '<th scope="row">two stage - svd</th><td>+0.081</td><td>[0.066, 0.097]</td><td>0.001</td>'
    assert text.count("<td>+") == 1
    assert row in text


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
    section = results.parts(group_rows({"1-5": 1200, "over 5": 3}), group_rows({"1": 10}))
    assert len(section.parts) == 4
    assert "Users: 1-5: 1,200, over 5: 3." in section.parts[0]
    assert [part.count("<circle") - 3 for part in section.parts] == [6, 6, 3, 3]  # without the key's three


def curve(seeds, rounds):
    return [
        {"seed": float(seed), "round": float(at), "ndcg@10": at / rounds}
        for seed in range(seeds)
        for at in range(1, rounds + 1)
    ]


def test_a_learning_curve_has_a_line_per_seed_and_its_end():
    text = results.ranker(curve(3, 400), []).parts[0]
    assert text.count("<polyline") == 3
    assert "Best drawn: 1." in text
    points = text.split('points="')[1].split('"')[0].split()
    assert 100 <= len(points) <= 121


@pytest.mark.parametrize(
    ("features", "told"), [(30, "20 of 30 features, 67 % of the gain."), (2, "2 of 2 features, 100 % of the gain.")]
)
def test_the_first_twenty_features_are_drawn(features, told):
    gains = [{"feature": f"f{at}", "gain": 1 / features} for at in range(features)]
    text = results.ranker(curve(1, 2), gains).parts[1]
    assert text.count("<rect") == min(features, 20)
    assert told in text


def test_nothing_measured_is_nothing_drawn():
    assert results.policies([], []).parts
    assert "nothing to show" in results.parts([], []).parts[0]
    assert "nothing to show" in results.ranker([], []).parts[0]
