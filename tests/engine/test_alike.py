import pytest

from recommender.engine.alike import require_alike, surroundings
from recommender.errors import ParameterError


def test_one_process_is_like_itself():
    require_alike(surroundings())


@pytest.mark.parametrize("name", ["numpy", "Python", "BLAS", "code"])
def test_what_differs_is_named(name):
    own = surroundings()[name]
    with pytest.raises(ParameterError) as caught:
        require_alike(surroundings() | {name: "another"})
    assert str(caught.value).startswith(f"engine.address: a worker has {name} {own}, expected another; start ")
