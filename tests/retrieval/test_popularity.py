from recommender.retrieval.popularity import fit_popularity
from tests.logs import histories_of, view_of


def test_everybody_gets_the_number_of_events_of_each_item():
    histories = histories_of({1: "abc", 2: "ab", 3: "a"})
    view = view_of(histories, [0, 2], [3, 0])
    assert fit_popularity(histories).score(view).tolist() == [[3, 2, 1], [3, 2, 1]]


def test_what_came_later_is_not_counted():
    histories = histories_of({1: "abc", 2: "ab", 3: "a"})
    before = histories.until(histories.lengths - 1)
    assert fit_popularity(before).score(view_of(histories, [0], [3])).tolist() == [[2, 1, 0]]
