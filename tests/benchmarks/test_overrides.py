import pytest
import yaml

from benchmarks.overrides import options, overridden, pairs
from recommender.errors import ParameterError
from tests.knowing import params_of

PARAMS = params_of()


def test_values_are_replaced_and_the_rest_stays():
    other = overridden(PARAMS, {"candidates.svd": 0, "features.item": False})
    assert (other.candidates.svd, other.features.item) == (0, False)
    assert overridden(other, {"candidates.svd": PARAMS.candidates.svd, "features.item": True}) == PARAMS


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"candidates.svt": 1}, "candidates.svt"),
        ({"nothing.here": 1}, "nothing"),
        ({"train_ranker.num_leaves": 1}, "train_ranker.num_leaves"),
        ({f"candidates.{name}": 1 for name in PARAMS.candidates.model_dump()}, "recommend.k"),
    ],
)
def test_what_params_yaml_refuses_is_refused(overrides, named):
    with pytest.raises(ParameterError, match=named):
        overridden(PARAMS, overrides)


def test_pairs_are_read_as_yaml_reads_them():
    overrides = {"a.b": False, "a.c": 0.05, "a.d": "binary", "a.e": None, "a.f": 3}
    assert pairs(overrides) == ["a.b=false", "a.c=0.05", "a.d=binary", "a.e=null", "a.f=3"]
    assert [yaml.safe_load(pair.partition("=")[2]) for pair in pairs(overrides)] == list(overrides.values())
    assert options({"a.b": False, "a.f": 3}) == "-S a.b=false -S a.f=3"
