import json

import pytest

from recommender.evaluation import summary
from recommender.evaluation.__main__ import main
from recommender.evaluation.plot_rows import rows

METRICS = {
    "random": {"hit@10": 0.006, "ndcg@10": 0.003, "ndcg@5": 0.001},
    "two_stage": {"hit@10": 0.255, "ndcg@10": 0.142, "ndcg@5": 0.12},
    "svd": {"hit@10": 0.126, "ndcg@10": 0.066, "ndcg@5": 0.05},
}
INTERVALS = {
    "random": {"ndcg@10": {"low": 0.001, "high": 0.006}},
    "two_stage": {"ndcg@10": {"low": 0.124, "high": 0.161}},
    "svd": {"ndcg@10": {"low": 0.054, "high": 0.078}},
}
WHOLE = {policy: {name: {"low": 0.0, "high": 1.0} for name in values} for policy, values in METRICS.items()}
BETTER = {"difference": 0.076, "low": 0.059, "high": 0.094, "p_value": 0.001, "ratio": 2.1515, "users": 943}
DIFFERENCES = {"two_stage_minus_svd": {"ndcg@10": BETTER}}


def test_a_row_per_policy_from_the_lowest_to_the_highest():
    lines = summary.table(METRICS, INTERVALS, ["ndcg@10"]).splitlines()
    assert [line.split()[0] for line in lines] == ["policy", "random", "svd", "two_stage"]


def test_values_stand_with_their_interval():
    lines = summary.table(METRICS, INTERVALS, ["ndcg@10", "hit@10"]).splitlines()
    assert lines[0].split() == ["policy", "ndcg@10", "hit@10"]
    assert lines[3].split() == ["two_stage", "0.142", "[0.124,", "0.161]", "0.255"]


def test_columns_are_aligned():
    lines = summary.table(METRICS, INTERVALS, ["ndcg@10", "hit@10"]).splitlines()
    first, second = len("two_stage  "), len("two_stage  0.142 [0.124, 0.161]  ")
    assert [line[first : first + 5] for line in lines] == ["ndcg@", "0.003", "0.066", "0.142"]
    assert [line[second : second + 5] for line in lines] == ["hit@1", "0.006", "0.126", "0.255"]


def test_an_undefined_value_is_a_dash():
    assert summary.table(METRICS, INTERVALS, ["diversity@10"]).splitlines()[1].split() == ["random", "-"]


@pytest.mark.parametrize(("ks", "expected"), [([5, 10, 20], 10), ([5, 20], 20), ([3], 3)])
def test_the_table_shows_ten_or_the_largest_k(ks, expected):
    assert summary.shown_k({"svd": {f"hit@{k}": 0.1 for k in ks}}) == expected


def test_a_clear_difference():
    assert summary.verdict("two_stage_minus_svd", "ndcg@10", {"ndcg@10": BETTER}) == (
        "ndcg@10  two_stage - svd: +0.076 [+0.059, +0.094], 2.15 x, p = 0.001, a clear difference"
    )


@pytest.mark.parametrize(("p_value", "shown"), [(0.001, "p = 0.001"), (0.00099, "p < 0.001"), (0.0495, "p = 0.050")])
def test_a_p_value_is_never_shown_as_zero(p_value, shown):
    values = {"ndcg@10": BETTER | {"p_value": p_value}}
    assert f", {shown}, " in summary.verdict("two_stage_minus_svd", "ndcg@10", values)


def test_a_difference_of_one_user_is_too_little_to_tell():
    values = {"ndcg@10": BETTER | {"users": 1, "p_value": 1.0}}
    assert summary.verdict("a_minus_b", "ndcg@10", values).endswith(", p = 1.000, too few users to tell")


def test_a_ratio_that_is_not_defined_is_left_out():
    values = {"ndcg@10": {key: value for key, value in BETTER.items() if key != "ratio"}}
    assert " x," not in summary.verdict("a_minus_random", "ndcg@10", values)


def test_a_metric_that_was_not_compared_has_no_line():
    assert summary.verdict("a_minus_b", "coverage@10", {"ndcg@10": BETTER}) == ""


def test_the_whole_says_what_to_try_next():
    text = summary.render(METRICS, INTERVALS, DIFFERENCES)
    assert text.startswith("Means over test users [95 % interval]\n\npolicy")
    assert "two_stage - svd" in text
    for command in ("dvc exp run -S", "dvc metrics diff main", "python -m recommender 42 --model two_stage"):
        assert command in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "metrics/plots").mkdir(parents=True)
    values = {"plots/policies": {"policies": rows(METRICS, WHOLE)}, "evaluate_differences": DIFFERENCES}
    values["prepare"] = {"share_of_repeats_dropped": 0.0}
    for name, value in values.items():
        (tmp_path / f"metrics/{name}.json").write_text(json.dumps(value))
    return tmp_path


def test_the_command_prints_the_table(project, capsys):
    assert main([]) == 0
    assert capsys.readouterr().out == summary.render(METRICS, WHOLE, DIFFERENCES) + "\n"


def test_the_command_says_how_many_repeats_were_dropped(project, capsys):
    (project / "metrics/prepare.json").write_text(json.dumps({"share_of_repeats_dropped": 0.41}))
    assert main([]) == 0
    assert capsys.readouterr().out.endswith(
        "\n\n41.0% of the rows were repeats (same user, same item) and were dropped.\n"
    )


@pytest.mark.parametrize("name", ["plots/policies.json", "evaluate_differences.json", "prepare.json"])
def test_the_command_names_what_is_missing(project, capsys, name):
    (project / "metrics" / name).unlink()
    assert main([]) == 1
    printed = capsys.readouterr()
    assert (
        printed.err
        == f"error: metrics/{name}: no such file; run `dvc repro` to make it, or `dvc checkout` for the last one\n"
    )
    assert printed.out == ""


def test_the_command_takes_no_arguments(project):
    with pytest.raises(SystemExit):
        main(["--k", "5"])
