import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from benchmarks.overrides import overridden
from benchmarks.params import Params
from benchmarks.search_space import KNOBS, SECTIONS, shortened, space, values_of, write_params
from recommender.params import load
from tests.knowing import params_of
from tests.project.project import OWN

PARAMS = load(Params, OWN)


def test_both_ends_of_every_range_are_valid():
    for name, knob in space(PARAMS).items():
        ends = knob.choices if isinstance(knob, CategoricalDistribution) else (knob.low, knob.high)
        for value in ends:
            assert values_of(overridden(PARAMS, {name: value}), [name]) == {name: value}


def test_every_source_is_searched():
    sizes = {name for name in space(PARAMS) if name.startswith("candidates.")}
    assert sizes == {f"candidates.{name}" for name in PARAMS.candidates.model_dump()}


def test_only_some_sections():
    assert set(space(PARAMS, ["train_ranker"])) == {name for name in KNOBS if name.startswith("train_ranker.")}
    assert {name.partition(".")[0] for name in space(PARAMS)} == set(SECTIONS)


def test_the_committed_value_is_always_within():
    far = params_of(train_ranker={"lambda_l2": 0.0, "num_leaves": 200, "learning_rate": 0.5}, candidates={"svd": 300})
    found = space(far)
    assert found["train_ranker.lambda_l2"] == FloatDistribution(0.0, 50.0)
    assert found["train_ranker.num_leaves"] == IntDistribution(7, 200, log=True)
    assert found["train_ranker.learning_rate"] == FloatDistribution(0.03, 0.5, log=True)
    assert found["candidates.svd"] == IntDistribution(0, 300)


def test_real_numbers_are_shortened_unless_they_stay():
    start = {"a.b": 0.123456, "a.c": 0.5, "a.d": 7, "a.e": "x"}
    given = {"a.b": 0.123456, "a.c": 12.3456, "a.d": 8, "a.e": "y"}
    assert shortened(given, start) == {"a.b": 0.123456, "a.c": 12.3, "a.d": 8, "a.e": "y"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_bytes(OWN.read_bytes())
    return path


def test_only_the_lines_of_the_new_values_change(file):
    before = file.read_text().splitlines()
    write_params(file, {"train_ranker.learning_rate": 0.0421, "candidates.popularity": 17, "sequence.decay": 0.71})
    after = file.read_text().splitlines()
    changed = [new.strip() for old, new in zip(before, after, strict=True) if old != new]
    assert sorted(changed) == ["decay: 0.71", "learning_rate: 0.0421", "popularity: 17"]
    assert load(Params, file).candidates.popularity == 17


def test_writing_what_is_there_changes_nothing(file):
    write_params(file, values_of(PARAMS, space(PARAMS)))
    assert file.read_bytes() == OWN.read_bytes()
