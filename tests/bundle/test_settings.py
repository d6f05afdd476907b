import pytest

from recommender.bundle.settings import require_candidates
from recommender.errors import ParameterError
from tests.knowing import params_of

SIZES = dict.fromkeys(params_of().candidates.model_dump(), 0) | {"popularity": 5, "gaps": 60}


def test_a_source_that_is_left_out_proposes_nothing():
    """`gaps` needs the time of the request."""
    for request_time in (True, False):
        params = params_of(candidates=SIZES, sequence={"request_time": request_time})
        if request_time:
            require_candidates(params.candidates, params.sequence, 10)
        else:
            with pytest.raises(ParameterError, match=r"proposes 5 items, fewer than recommend.k = 10"):
                require_candidates(params.candidates, params.sequence, 10)
