import importlib.util

import pytest

from recommender.engine.local import Local
from recommender.engine.opening import open_engine
from recommender.engine.settings import EngineParams
from recommender.errors import ParameterError


def params(**changes):
    return EngineParams.model_validate({"engine": {"kind": "local", "address": None, "workers": 2} | changes})


def test_threads_of_this_process():
    with open_engine(params(workers=3)) as engine:
        assert engine == Local(3)


def test_an_address_that_is_not_used_is_an_error():
    message = r"^engine.address: tcp://a:1 is not used with engine.kind: local; use engine.kind: dask, or leave "
    with pytest.raises(ParameterError, match=message), open_engine(params(address="tcp://a:1")):
        pass


def test_dask_that_is_not_installed_is_an_error(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    message = r"^engine.kind: dask is not installed; install it with `make cluster`, or use engine.kind: local$"
    with pytest.raises(ParameterError, match=message), open_engine(params(kind="dask")):
        pass
