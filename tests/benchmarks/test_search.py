import shutil

import numpy as np
import optuna
import pytest
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import TrialState

from benchmarks import search as module
from benchmarks.params import Params
from benchmarks.search import confirm, done, open_study, render, search, summary
from recommender.errors import ParameterError
from recommender.files import read_json
from recommender.params import load
from tests.knowing import params_of

RANGES = {"a.x": FloatDistribution(-4.0, 4.0), "a.n": IntDistribution(0, 9)}
START = {"a.x": 3.0, "a.n": 2}


@pytest.fixture(autouse=True)
def quiet():
    optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "logs/search.log"


def bowl(overrides, step):
    """Best at x = 1, n = 5."""
    return -((overrides["a.x"] - 1) ** 2) - (overrides["a.n"] - 5) ** 2 / 10 + step / 100


def run(journal, trials, measure=bowl, steps=2, seed=1):
    study = open_study(journal, "one", seed)
    search(study, RANGES, START, trials, steps, measure)
    return study


def test_the_first_trial_is_the_committed_state(journal):
    assert run(journal, 1).trials[0].params == START


def test_it_finds_something_better(journal):
    study = run(journal, 30)
    assert study.best_value > bowl(START, 0.5) + 2


def test_a_value_is_the_mean_of_its_parts(journal):
    assert run(journal, 1).best_value == (bowl(START, 0) + bowl(START, 1)) / 2


def test_the_same_seed_gives_the_same_trials(journal, tmp_path):
    one, two, other = run(journal, 12), run(tmp_path / "b.log", 12), run(tmp_path / "c.log", 12, seed=2)
    assert [trial.params for trial in one.trials] == [trial.params for trial in two.trials]
    assert [trial.params for trial in one.trials] != [trial.params for trial in other.trials]


def test_a_poor_trial_ends_early(journal):
    study = run(journal, 30)
    early = [trial for trial in done(study) if trial.state == TrialState.PRUNED]
    assert early
    assert all(len(trial.intermediate_values) == 1 for trial in early)


class TestResume:
    def test_the_number_of_trials_is_in_all(self, journal):
        first = [trial.params for trial in run(journal, 5).trials]
        second = run(journal, 8)
        assert len(done(second)) == 8
        assert [trial.params for trial in second.trials[:5]] == first
        assert sum(trial.params == START for trial in second.trials) == 1

    def test_nothing_runs_when_all_are_there(self, journal):
        run(journal, 5)
        run(journal, 5, measure=None)

    @pytest.mark.parametrize("at", [0, 3])
    def test_an_interrupted_trial_counts_as_none(self, journal, at):
        def interrupted(overrides, step):
            if len(ended) >= at:
                raise KeyboardInterrupt
            ended.extend([step] * step)
            return bowl(overrides, step)

        ended = []
        with pytest.raises(KeyboardInterrupt):
            run(journal, 6, interrupted)
        study = run(journal, 6)
        assert len(done(study)) == 6
        assert study.trials[at].state == TrialState.FAIL
        assert any(trial.params == START and trial.state == TrialState.COMPLETE for trial in study.trials)

    def test_another_study_starts_anew(self, journal):
        run(journal, 3)
        assert open_study(journal, "two", 1).trials == []


def test_refused_parameters_count_and_say_why(journal):
    def refuse(overrides, step):
        if overrides != START:
            raise ParameterError("a.x: too large")
        return 1.0

    study = run(journal, 3, refuse)
    assert [trial.user_attrs.get("refused") for trial in study.trials] == [None, "a.x: too large", "a.x: too large"]
    assert study.best_params == START


CONFIRMED = {"committed": 0.1, "best": 0.2, "difference": 0.1, "low": 0.05, "high": 0.15, "p_value": 0.01}


def test_the_summary_tells_what_changes(journal):
    study = open_study(journal, "one", 1)
    study.enqueue_trial({"a.x": 1.23456, "a.n": 2})
    search(study, RANGES, START, 2, 1, bowl)
    found = summary(study, START, CONFIRMED)
    assert found["changed"] == {"a.x": 1.23}
    assert found["committed"] == {"parameters": START, "validation": bowl(START, 0)}
    assert found["best"]["validation"] == bowl({"a.x": 1.23, "a.n": 2}, 0)
    assert found["trials"] == {"ended": 2, "ended_early": 0}
    assert render(found).splitlines()[-1] == "dvc exp run -S a.x=1.23"
    assert "difference +0.1000 [+0.0500, +0.1500], p = 0.010" in render(found)


def test_nothing_better_changes_nothing(journal):
    found = summary(run(journal, 1), START, CONFIRMED)
    assert found["changed"] == {}
    assert render(found).splitlines()[-1] == "nothing to change"


def test_the_comparison_is_paired():
    params, best = params_of(), params_of(train_ranker={"seeds": 2})
    gains = {params.train_ranker.seeds: np.tile([0, 0.5, 1], 100), 2: np.tile([0.3, 0.8, 1.3], 100)}
    found = confirm(params, best, lambda one: gains[one.train_ranker.seeds])
    assert found["best"] - found["committed"] == pytest.approx(0.3)
    assert (found["low"], found["high"]) == (pytest.approx(0.3, abs=0.03), pytest.approx(0.3, abs=0.03))


@pytest.fixture
def folder(project, tmp_path, monkeypatch):
    """A fitted miniature project without its test events, where results go too."""
    for name in module.SPLIT:
        shutil.copytree(project / name, tmp_path / name)
    (tmp_path / module.ITEMS).parent.mkdir()
    for name in ("params.yaml", module.ITEMS):
        shutil.copyfile(project / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module.report, "RESULTS", tmp_path / "results")
    return tmp_path


def test_it_runs_without_the_test_events_and_writes_params(folder, capsys):
    options = ["--trials", "4", "--tie-seeds", "2", "--only", "train_ranker"]
    assert module.main([*options, "--write"]) == 0
    found = read_json(folder / "results/search_movielens-100k.json")
    assert found["trials"]["ended"] == 4
    written = load(Params, folder / "params.yaml").model_dump()
    assert {name: written["train_ranker"][name.partition(".")[2]] for name in found["changed"]} == found["changed"]
    assert "with fresh seeds" in capsys.readouterr().out


def test_a_missing_run_is_one_message(folder, capsys):
    shutil.rmtree(folder / module.SPLIT[0])
    assert module.main(["--trials", "1"]) == 1
    assert capsys.readouterr().err.startswith("error: data/split/train.parquet: no parts")


def test_an_unknown_section_is_refused(capsys):
    with pytest.raises(SystemExit):
        module.main(["--only", "base"])
    assert "invalid choice" in capsys.readouterr().err


def test_under_global_time_the_search_says_what_it_needs(monkeypatch, capsys):
    timed = params_of(split={"method": "global_time"})
    monkeypatch.setattr(module, "read_params", lambda: timed)
    assert module.main([]) == 1
    assert "split.method: the search reorders last events" in capsys.readouterr().err
