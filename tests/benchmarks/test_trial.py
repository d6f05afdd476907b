from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import trial
from benchmarks.overrides import overridden
from benchmarks.params import Params
from benchmarks.trial import Evaluator, gains_of, reordered
from recommender.files import read_table
from recommender.measured import read_details
from recommender.params import load
from recommender.parts import read_events
from recommender.ranking.dataset import RankingRows
from tests.logs import log


@pytest.fixture(scope="module")
def params(project):
    return load(Params, project / "params.yaml")


@pytest.fixture
def evaluator(project):
    parts = (read_events(project / f"data/split/{name}.parquet") for name in ("train", "valid"))
    return Evaluator(*parts, read_table(project / "data/prepared/items.parquet"))


@pytest.fixture
def fits(monkeypatch):
    """The sizes of the events to which knowledge was fitted."""
    seen, inner = [], trial.fit_knowledge
    monkeypatch.setattr(
        trial, "fit_knowledge", lambda known, params: seen.append(len(known.item)) or inner(known, params)
    )
    return seen


@pytest.mark.parametrize(("place", "name"), [(0, "train"), (1, "valid")])
def test_the_rows_are_those_of_the_stage(project, params, evaluator, place, name):
    rows = evaluator.rows(params, params.split.tie_seed)[place]
    stored = read_table(project / f"data/ranking/{name}.parquet")
    np.testing.assert_array_equal(rows.request, stored["request"])
    np.testing.assert_array_equal(rows.label, stored["label"])
    np.testing.assert_array_equal(rows.features, stored[rows.names].to_numpy(dtype="float32"))


def test_one_ranker_gains_what_the_stage_reports(project, params, evaluator):
    one = overridden(params, {"train_ranker.seeds": params.train_ranker.seeds})
    numbers = range(one.train_ranker.seeds)
    found = evaluator.gains(one, one.split.tie_seed, numbers)
    assert len(found) == read_details(project / "metrics/details/build_ranking.csv")["valid"]["requests"]
    apart = [evaluator.gains(one, one.split.tie_seed, [number]) for number in numbers]
    np.testing.assert_allclose(found, np.mean(apart, axis=0))


def test_a_change_of_the_ranker_builds_no_rows_again(params, evaluator, fits, monkeypatch):
    evaluator.gains(params, 0, [0])
    monkeypatch.setattr(trial, "build_rows", None)
    evaluator.gains(overridden(params, {"train_ranker.num_leaves": 3}), 0, [0])
    assert len(fits) == 2


def test_a_change_of_the_sources_fits_no_table_again(params, evaluator, fits):
    before = evaluator.rows(params, 0)
    after = evaluator.rows(overridden(params, {"candidates.transitions": 1, "features.user": False}), 0)
    assert len(fits) == 2
    assert len(after[0].names) < len(before[0].names)


def test_a_change_of_order_or_of_the_past_fits_what_it_must(params, evaluator, fits):
    evaluator.rows(params, 0)
    evaluator.rows(overridden(params, {"build_ranking.past_requests": 2}), 0)
    assert len(fits) == 3
    evaluator.rows(overridden(params, {"sequence.decay": 0.5}), 0)
    assert len(fits) == 5


def test_what_was_kept_is_what_would_be_made(params, evaluator, project):
    other = overridden(params, {"sequence.decay": 0.5, "build_ranking.negatives": 3})
    fresh = Evaluator(evaluator.train, evaluator.valid, evaluator.items)
    evaluator.rows(params, 0)
    for kept, made in zip(evaluator.rows(other, 0), fresh.rows(other, 0), strict=True):
        np.testing.assert_array_equal(kept.features, made.features)


class TestReordered:
    EVENTS = log((1, "a", 1, 0), (1, "b", 1, 9), (1, "c", 1, 9), (1, "d", 1, 9), (2, "a", 1, 5), (3, "b", 1, 1))
    TRAIN, VALID = EVENTS[EVENTS["item_id"] != "d"], EVENTS[EVENTS["item_id"] == "d"]

    def test_events_of_one_instant_change_places_and_no_others(self):
        last = set()
        for seed in range(20):
            train, valid = reordered(self.TRAIN, self.VALID, "hashed", seed)
            assert valid["user_id"].tolist() == [1]
            last |= set(valid["item_id"])
            both = pd.concat([train, valid]).sort_values(["user_id", "item_id"], ignore_index=True)
            pd.testing.assert_frame_equal(both, self.EVENTS.sort_values(["user_id", "item_id"], ignore_index=True))
        assert last == {"b", "c", "d"}

    def test_in_the_order_of_the_file_nothing_moves(self):
        train, valid = reordered(self.TRAIN, self.VALID, "file_order", 7)
        assert valid["item_id"].tolist() == ["d"]
        assert train["item_id"].tolist() == ["a", "b", "c", "a", "b"]


def test_gains_are_one_over_the_logarithm_of_the_rank():
    request, label = np.array([0, 0, 1, 1, 2, 2]), np.array([1, 0, 0, 1, 0, 0], dtype=np.int8)
    rows = RankingRows(*[request] * 4, label, [], np.zeros((6, 0), dtype=np.float32), {}, 4, 4)
    scores = np.array([2.0, 1, 2, 1, 1, 1])
    np.testing.assert_allclose(gains_of(rows, scores), [1, 1 / np.log2(3), 0, 0])


def test_no_test_event_is_named():
    assert "test.parquet" not in Path(str(trial.__file__)).read_text(encoding="utf-8")
