import pytest
import yaml

from recommender.errors import ParameterError
from recommender.params import load
from recommender_lab.check.sections import AllParams as Params
from tests.project.project import OWN

SHARES = {"random": 0.0, "popularity": 0.0, "svd": 0.5, "two_stage": 0.5}


@pytest.fixture
def load_changed(tmp_path):
    def change_and_load(changes):
        values = yaml.safe_load(OWN.read_text(encoding="utf-8"))
        values["ab_test"] |= changes
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
        return load(Params, tmp_path / "params.yaml").ab_test

    return change_and_load


def test_policies_with_a_share_are_the_arms(load_changed):
    assert load_changed({"arms": SHARES}).arms.shares() == {"svd": 0.5, "two_stage": 0.5}


def test_shares_may_be_tenths_that_do_not_sum_to_1_exactly(load_changed):
    tenths = {"random": 0.1, "popularity": 0.2, "svd": 0.1, "two_stage": 0.6}
    assert sum(load_changed({"arms": tenths}).arms.shares().values()) == pytest.approx(1)


def test_a_salt_that_is_a_number_is_text(load_changed):
    assert load_changed({"salt": 7}).salt == "7"


BAD = [
    ({"arms": SHARES | {"svds": 0.0}}, "ab_test.arms.svds: unknown parameter; did you mean svd?"),
    ({"arms": SHARES | {"svd": 0.4}}, "ab_test.arms: the shares must sum to 1, found 0.9"),
    ({"arms": SHARES | {"svd": 0.0, "two_stage": 1.0}}, "ab_test.arms: at least two policies need a share above 0"),
    ({"arms": SHARES | {"svd": -0.5}}, "ab_test.arms.svd: expected 0 or more, found -0.5"),
    ({"arms": SHARES | {"svd": float("nan")}}, "ab_test.arms.svd: expected a finite number"),
    ({"control": "popularity", "arms": SHARES}, "ab_test: control: popularity has share 0; choose one of svd, two"),
    ({"control": "als"}, "ab_test.control: expected 'random', 'popularity', 'svd' or 'two_stage', found 'als'"),
    ({"alpha": 0}, "ab_test.alpha: expected more than 0, found 0"),
    ({"alpha": 1.5}, "ab_test.alpha: expected less than 1, found 1.5"),
    ({"power": 1}, "ab_test.power: expected less than 1, found 1"),
    ({"resalts": 99}, "ab_test.resalts: expected 100 or more, found 99"),
    ({"strata": 0}, "ab_test.strata: expected 1 or more, found 0"),
    ({"salt": ""}, "ab_test.salt: expected at least 1 character, found ''"),
    ({"covariate": "age"}, "ab_test.covariate: expected 'history_length' or 'recent_popularity', found 'age'"),
]


@pytest.mark.parametrize(("changes", "message"), BAD, ids=[next(iter(changes)) for changes, _ in BAD])
def test_a_bad_value_is_named(load_changed, changes, message):
    with pytest.raises(ParameterError) as error:
        load_changed(changes)
    assert message in str(error.value)
