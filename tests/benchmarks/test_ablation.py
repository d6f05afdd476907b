import numpy as np
import pandas as pd
import pytest

from benchmarks import ablation, experiments
from benchmarks.ablation import changes, compare, render, run
from benchmarks.overrides import overridden
from recommender.errors import DataError
from tests.knowing import params_of

PARAMS = params_of(evaluate={"resamples": 100})
SOURCES = [name for name, size in PARAMS.candidates.model_dump().items() if size]
GROUPS = list(PARAMS.features.model_dump())
ON = [name for name in GROUPS if getattr(PARAMS.features, name)]


def per_user(ndcg, users=(1, 2, 3, 4), policy="two_stage"):
    values = np.array(ndcg, dtype=np.float64)
    return pd.DataFrame({"user_id": users, "policy": policy, "hit@10": (values > 0) * 1.0, "ndcg@10": values})


class TestChanges:
    def test_every_source_and_group_is_left_out_once(self):
        listed = {change.name: change.overrides for change in changes(PARAMS)}
        assert [listed[f"no-source-{name}"] for name in SOURCES] == [{f"candidates.{name}": 0} for name in SOURCES]
        assert [listed[f"no-features-{name}"] for name in ON] == [{f"features.{name}": False} for name in ON]
        assert len(listed) == len(SOURCES) + len(ON) + len(ablation.STEPS) + 2

    def test_each_changes_something_and_is_valid(self):
        assert all(overridden(PARAMS, change.overrides) != PARAMS for change in changes(PARAMS))

    def test_what_is_off_is_not_left_out(self):
        fewer = params_of(
            candidates={"contexts": 0}, features={"user": False}, train_ranker={"seeds": 1, "objective": "binary"}
        )
        gone = {change.name for change in changes(PARAMS)} - {change.name for change in changes(fewer)}
        assert gone == {"no-source-contexts", "no-features-user", "one-seed", "classifier"}

    def test_the_last_of_its_kind_stays(self):
        only = params_of(features=dict.fromkeys(GROUPS, False) | {"item": True})
        only = only.model_copy(update={"candidates": only.candidates.model_copy(update=dict.fromkeys(SOURCES[1:], 0))})
        assert {change.kind for change in changes(only)} == {"step"}


class TestCompare:
    def test_means_and_differences(self):
        found = compare(per_user([0, 0, 0.5, 1]), per_user([0.5, 0, 1, 1]), PARAMS)
        assert found["ndcg@10"]["mean"] == (0.5 + 0 + 1 + 1) / 4
        assert found["ndcg@10"]["difference"] == (0.5 + 0.5) / 4
        assert found["hit@10"]["difference"] == 1 / 4
        assert found["ndcg@10"]["low"] <= 0.25 <= found["ndcg@10"]["high"]

    def test_only_two_stage_counts(self):
        with_more = pd.concat([per_user([1, 1, 1, 1], policy="svd"), per_user([0, 0, 0, 1])])
        assert compare(with_more, per_user([0, 0, 0, 1]), PARAMS)["ndcg@10"]["difference"] == 0

    def test_other_users_are_refused(self):
        with pytest.raises(DataError, match="other test users"):
            compare(per_user([0, 0, 0, 1]), per_user([0, 0, 0, 1], users=(1, 2, 3, 5)), PARAMS)


@pytest.fixture
def dvc(monkeypatch):
    """Experiments that are instantly done; those asked for and removed are noted."""
    asked, removed = [], []
    monkeypatch.setattr(experiments, "run_all", asked.append)
    monkeypatch.setattr(experiments, "remove", removed.extend)
    monkeypatch.setattr(
        experiments, "metric", lambda path, rev: {"validation": {"ndcg@10": 0.1 if "no-" in rev else 0.2}}
    )
    monkeypatch.setattr(ablation, "read", lambda path, rev: per_user([0, 0, 1, rev == "HEAD"]))
    return asked, removed


class TestRun:
    def test_a_line_for_each_change_in_order(self, dvc):
        found = run(PARAMS, "abc", {}, keep=False)
        assert [line["change"] for line in found["changes"]] == [change.name for change in changes(PARAMS)]
        assert found["changes"][0]["overrides"] == ["candidates.svd=0"]
        assert found["changes"][0]["validation"] == 0.1
        assert found["changes"][0]["test"]["ndcg@10"]["difference"] == -0.25
        assert found["committed"]["test"]["ndcg@10"]["mean"] == 0.5

    def test_experiments_are_named_after_the_state_and_removed(self, dvc):
        run(PARAMS, "abc", {}, keep=False)
        asked, removed = dvc
        assert asked[0]["ablation-no-source-svd-abc"] == ["candidates.svd=0"]
        assert list(asked[0]) == removed

    def test_keep(self, dvc):
        run(PARAMS, "abc", {}, keep=True)
        assert dvc[1] == []

    def test_what_is_known_of_the_same_state_is_not_run_again(self, dvc):
        found = run(PARAMS, "abc", {}, keep=False)
        found["changes"].pop()
        again = run(PARAMS, "abc", found, keep=False)
        assert [len(wanted) for wanted in dvc[0]] == [len(changes(PARAMS)), 1]
        assert again == run(PARAMS, "abc", {}, keep=False)

    def test_another_state_runs_everything(self, dvc):
        run(PARAMS, "xyz", run(PARAMS, "abc", {}, keep=False), keep=False)
        assert len(dvc[0][1]) == len(changes(PARAMS))


def test_the_table_compares_with_the_committed_state(dvc):
    lines = render(run(PARAMS, "abc", {}, keep=False)).splitlines()
    assert lines[1].split()[:6] == ["as", "committed", "0.2000", "+0.0000", "0.5000", "+0.0000"]
    assert lines[2].split()[:5] == ["no-source-svd", "0.1000", "-0.1000", "0.2500", "-0.2500"]


def test_the_list_needs_no_run(capsys):
    assert ablation.main(["--list"]) == 0
    assert "no-features-item: features.item=false" in capsys.readouterr().out.splitlines()
