"""The source around the network: off unless it is asked for, and no future in its scores. Torch is not needed."""

import sys

import numpy as np
import pytest

from recommender.errors import DataError, ParameterError
from recommender.files import read_arrays, write_arrays
from recommender.log.views import View
from recommender.retrieval.knowledge import fit_sequence
from recommender.retrieval.lstm import N_PAUSES, Lstm
from recommender.retrieval.settings import Candidates
from recommender.retrieval.sources import SOURCES
from recommender.retrieval.sources.neural import NextItemNetwork
from tests.knowing import busy_log, know, params_of, requests_at, with_another_future

HISTORIES = busy_log()
SHAPES = {
    "item": (20, 5),
    "pause": (N_PAUSES, 5),
    "bias": (20,),
    "from_input": (20, 5),
    "from_state": (20, 5),
    "gate_bias": (20,),
    "out": (5, 10),
    "out_bias": (5,),
}


@pytest.fixture(params=[True, False], ids=["request time", "no request time"])
def source(request):
    chance = np.random.default_rng(1)
    weights = {name: chance.normal(size=shape).astype(np.float32) for name, shape in SHAPES.items()}
    return NextItemNetwork((Lstm(**weights, request_time=request.param),))


class Hidden:
    """Finds no torch, installed or not."""

    def find_spec(self, name, path, target=None):
        if name == "torch":
            raise ModuleNotFoundError(name)


@pytest.fixture
def without_torch(monkeypatch):
    for name in ("torch", "recommender.retrieval.lstm_training"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Hidden(), *sys.meta_path])


def view_at(histories, positions, users=range(10)):
    return View(histories, requests_at(histories, users, positions, later=77))


class TestOff:
    def test_nothing_is_fitted_or_stored_and_torch_is_not_imported(self, without_torch):
        assert not [name for name in fit_sequence([HISTORIES], params_of())[0] if name.startswith("neural")]
        assert "neural" not in know(HISTORIES).sources
        assert "torch" not in sys.modules

    def test_sizes_that_were_written_before_there_was_this_source_are_read(self):
        sizes = dict.fromkeys(SOURCES, 6)
        assert Candidates(**{name: size for name, size in sizes.items() if name != "neural"}).neural == 0

    def test_switched_on_after_the_models_were_fitted(self):
        with pytest.raises(DataError, match="neural: the models were fitted without this source; run `dvc repro`"):
            NextItemNetwork(()).score(view_at(HISTORIES, [3] * 10))


def test_switched_on_without_torch(without_torch):
    with pytest.raises(ParameterError, match=r"candidates.neural: .*torch is missing; install it with `make neural`"):
        know(HISTORIES, params_of(candidates={"neural": 6}))


def test_scores_are_finite_and_rounded(source):
    scores = source.score(view_at(HISTORIES, np.arange(1, 11)))
    assert (scores.dtype, scores.shape) == (np.float32, (10, 20))
    assert np.isfinite(scores).all()
    assert np.array_equal(scores, np.round(scores.astype(np.float64), 5).astype(np.float32))


def test_who_asks_together_with_whom_changes_nothing(source):
    together = source.score(view_at(HISTORIES, np.arange(1, 11)))
    alone = [source.score(view_at(HISTORIES, [1 + user], [user])) for user in range(10)]
    assert np.concatenate(alone).tobytes() == together.tobytes()


def test_later_events_change_nothing_and_one_known_event_more_does(source):
    ends = np.arange(1, 11)
    before = source.score(view_at(HISTORIES.until(ends), ends))
    assert source.score(view_at(with_another_future(HISTORIES, ends, seed=2), ends)).tobytes() == before.tobytes()
    assert (source.score(view_at(HISTORIES, ends + 1)) != before).any(axis=1).all()


def test_what_is_stored_scores_as_before(source, tmp_path):
    write_arrays(tmp_path / "neural.npz", source.arrays())
    again = NextItemNetwork.from_arrays(read_arrays(tmp_path / "neural.npz"), None)
    view = view_at(HISTORIES, np.arange(1, 11))
    assert again.score(view).tobytes() == source.score(view).tobytes()
