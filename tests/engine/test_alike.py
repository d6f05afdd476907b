import ast
import subprocess
import sys

import pytest

from recommender.engine.alike import require_alike, surroundings
from recommender.errors import ParameterError


def test_one_process_is_like_itself():
    require_alike(surroundings())


@pytest.mark.parametrize("name", ["numpy", "Python", "BLAS", "numpy's instructions", "code"])
def test_what_differs_is_named(name):
    own = surroundings()[name]
    with pytest.raises(ParameterError) as caught:
        require_alike(surroundings() | {name: "another"})
    assert str(caught.value).startswith(f"engine.address: a worker has {name} {own}, expected another; start ")


def test_a_stage_uses_no_instructions_that_only_some_processors_have():
    """The newest that count as known here are those of 2013 (AVX2)."""
    code = "import recommender.stage; from recommender.engine.alike import surroundings; print(surroundings())"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert not {*ast.literal_eval(told)["numpy's instructions"].split(", ")} - {"", "X86_V3"}
