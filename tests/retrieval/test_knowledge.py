import numpy as np
import pytest

from recommender.log.histories import build_histories
from recommender.retrieval.knowledge import mean_ratings
from tests.knowing import busy_log, know, params_of
from tests.logs import log, view_of

HISTORIES = busy_log()


def sources_of(**changes):
    return list(know(HISTORIES, params_of(**changes)).sources)


def test_sources_in_the_order_of_the_parameters():
    assert sources_of() == list(params_of().candidates.model_dump())


def test_a_source_of_size_zero_is_left_out():
    found = sources_of(candidates={"svd": 0, "contexts": 0})
    assert found == [name for name in sources_of() if name not in ("svd", "contexts")]


def test_without_the_time_of_the_request_gaps_say_nothing():
    found = know(HISTORIES, params_of(sequence={"request_time": False}))
    assert "gaps" not in found.sources
    assert found.sources.keys() == found.sizes.keys()


def test_the_catalogue_is_what_has_events():
    found = know(HISTORIES.until(np.minimum(HISTORIES.lengths, 4)))
    assert found.catalogue.tolist() == (found.counts > 0).tolist()
    assert not found.catalogue.all()


def test_every_source_scores_any_history_with_finite_numbers():
    view = view_of(HISTORIES, [0, 1, 2], [0, 1, 12])
    for name, source in know(HISTORIES).sources.items():
        scores = source.score(view)
        assert (scores.dtype, scores.shape) == (np.float32, (3, 20)), name
        assert np.isfinite(scores).all(), name


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
