import numpy as np

from recommender.retrieval.sources.repeats import HALF, Repeats
from tests.knowing import training
from tests.logs import histories_of, view_of

HISTORIES = histories_of({1: "abac", 2: "dddb"})


def test_own_events_count_and_late_ones_a_little_more():
    """User 1 knows aba: b has age 1. User 2 has d three times, of all eight events a and c have two and one."""
    scores = Repeats.fit(training(HISTORIES)).score(view_of(HISTORIES, [0], [3]))
    expected = [2 + 0.5 ** (2 / HALF) + 1 + 2 / 8, 1 + 0.5 ** (1 / HALF) + 2 / 8, 1 / 8, 3 / 8]
    assert np.allclose(scores, [expected], rtol=1e-6)


def test_an_item_of_the_user_is_above_every_other():
    scores = Repeats.fit(training(HISTORIES)).score(view_of(HISTORIES, [0, 1], [4, 4]))
    assert scores[0, :3].min() > scores[0, 3]
    assert scores[1, [1, 3]].min() > scores[1, [0, 2]].max()
