from dataclasses import replace

import numpy as np
import pytest

from recommender.errors import DataError
from recommender.files import read_arrays, write_arrays
from recommender.log.histories import build_histories
from recommender.log.views import View
from recommender.retrieval.item_stats import mean_ratings
from recommender.retrieval.knowledge import fit_sequence, fit_svd, knowledge_from_arrays
from recommender.retrieval.settings import Candidates
from recommender.retrieval.sources import SOURCES
from recommender.retrieval.top import top_items
from tests.knowing import busy_log, know, params_of, requests_at
from tests.logs import histories_of, log, sequences, view_of

HISTORIES = busy_log()


def sources_of(**changes):
    return list(know(HISTORIES, params_of(**changes)).sources)


def test_sources_in_the_order_of_the_parameters():
    assert sources_of() == [name for name, size in params_of().candidates.model_dump().items() if size]


def test_a_source_of_size_zero_is_left_out():
    found = sources_of(candidates={"svd": 0, "contexts": 0})
    assert found == [name for name in sources_of() if name not in ("svd", "contexts")]


def test_without_the_time_of_the_request_gaps_say_nothing():
    found = know(HISTORIES, params_of(sequence={"request_time": False}))
    assert "gaps" not in found.sources
    assert found.sources.keys() == found.sizes.keys()


def test_the_catalogue_has_what_had_an_event_by_the_moment_of_the_request():
    fitted = HISTORIES.until(np.minimum(HISTORIES.lengths, 4))
    view = view_of(HISTORIES, [0, 1, 2], [1, 3, 12])
    by_then = fitted.time <= view.requests.time[:, None]
    found = know(fitted).catalogue(view)
    assert found.tolist() == [[(by & (fitted.item == item)).any() for item in range(20)] for by in by_then]
    assert found[0].sum() < found[2].sum() < 20
    timeless = know(fitted, params_of(sequence={"request_time": False})).catalogue(view)
    assert timeless.tolist() == (fitted.counts > 0).tolist()


def test_every_source_scores_any_history_with_finite_numbers():
    view = view_of(HISTORIES, [0, 1, 2], [0, 1, 12])
    for name, source in know(HISTORIES).sources.items():
        scores = source.score(view)
        assert (scores.dtype, scores.shape) == (np.float32, (3, 20)), name
        assert np.isfinite(scores).all(), name


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - {"neural"}))
def test_every_source_proposes_and_looks_up_what_it_scores(name):
    view, source = view_of(HISTORIES, [0, 1, 2], [0, 1, 12]), know(HISTORIES).fitted[name]
    scores, blocked = source.score(view), np.arange(20) % 3 == np.arange(3)[:, None]
    assert source.propose(view, blocked, 4).tolist() == top_items(scores, blocked, 4).tolist()
    request, item = np.nonzero(blocked)
    assert source.score_of(view, request, item).tolist() == scores[request, item].tolist()


def test_a_request_before_its_last_event_gets_finite_scores():
    """Clocks go wrong: the seconds since the last event are negative."""
    view = view_of(HISTORIES, [0, 1], [5, 6])
    view.requests.time[:] -= 10_000_000_000
    assert all(np.isfinite(source.score(view)).all() for source in know(HISTORIES).sources.values())


def test_mean_ratings_are_pulled_towards_the_mean_of_all():
    """Three events of mean 3; a has one of 5: (5 + 5 * 3) / (1 + 5); c has none: 3."""
    histories = build_histories([log((1, "a", 5, 0), (1, "b", 3, 1), (2, "b", 1, 2), (2, "c", 1, 3))])
    means = mean_ratings(histories.until(np.array([2, 1])))
    assert means == pytest.approx([20 / 6, (4 + 15) / 7, 3])


def test_every_source_has_a_key_of_its_size_and_words():
    assert set(SOURCES) == set(Candidates.model_fields)
    assert not [name for name, source in SOURCES.items() if not all(source.words)]


def stored(histories, params, folder):
    write_arrays(folder / "sequence.npz", *fit_sequence([histories], params))
    return read_arrays(folder / "sequence.npz")


def test_what_is_stored_scores_as_what_was_fitted(tmp_path):
    params, view = params_of(), View(HISTORIES, requests_at(HISTORIES, [0, 3, 7], [4, 12, 1], later=70))
    fitted, factors = know(HISTORIES, params), fit_svd(HISTORIES, params)
    arrays = stored(HISTORIES, params, tmp_path)
    again = knowledge_from_arrays(arrays, factors, HISTORIES, fitted.sizes, "sequence.npz")
    for name, source in fitted.sources.items():
        assert again.sources[name].score(view).tobytes() == source.score(view).tobytes(), name
    for name in ("counts", "mean_rating", "embedding"):
        assert getattr(again.items, name).tobytes() == getattr(fitted.items, name).tobytes(), name
    assert again.items.timeline.keys.tobytes() == fitted.items.timeline.keys.tobytes()
    assert again.items.timeline.start == fitted.items.timeline.start


def test_what_was_fitted_on_other_items_is_refused(tmp_path):
    params = params_of()
    arrays, factors = stored(HISTORIES, params, tmp_path), fit_svd(HISTORIES, params)
    with pytest.raises(DataError, match=r"models/x.npz: fitted on other items than data/split has; run `dvc repro`"):
        knowledge_from_arrays(arrays, factors, replace(HISTORIES, items=HISTORIES.items[1:]), {}, "models/x.npz")


def test_tables_are_cut_to_the_largest_entries():
    [arrays] = fit_sequence([HISTORIES], params_of(sequence={"neighbours": 5}))
    rows = {
        name: np.diff(array) for name, array in arrays.items() if name.endswith("indptr") and "contexts" not in name
    }
    assert len(rows) == 11
    assert {name: found.max() for name, found in rows.items() if found.max() > 5} == {}


def test_the_same_twice_and_no_trace_in_the_histories():
    one, other = fit_sequence([HISTORIES, HISTORIES], params_of())
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)
    assert (HISTORIES.time == busy_log().time).all()


@pytest.mark.parametrize(
    "histories",
    [
        histories_of({1: "a", 2: "b", 3: "a"}),
        histories_of({1: "a"}),
        histories_of({1: "ab"}),
        histories_of({1: "abc", 2: "cb", 3: "a"}, pause=0),
        build_histories([sequences({1: "abcd", 2: "dab"})]).until(np.array([3, 2])),
        histories_of({1: "abc", 2: "d"}).until(np.array([3, 0])),
    ],
    ids=["no pairs", "one event", "two items", "all in one second", "an item without events", "a user without events"],
)
def test_odd_logs_give_finite_arrays(histories):
    [arrays] = fit_sequence([histories], params_of())
    assert not [n for n, array in arrays.items() if array.dtype.kind == "f" and not np.isfinite(array).all()]


def test_an_item_without_events_is_in_no_table():
    [arrays] = fit_sequence([histories_of({1: "abcd", 2: "abc"}).until(np.array([3, 3]))], params_of())
    indices = {name: array for name, array in arrays.items() if name.endswith("/indices") and "contexts" not in name}
    assert not [name for name, columns in indices.items() if 3 in columns]
    assert not arrays["items/embedding"][3].any()
