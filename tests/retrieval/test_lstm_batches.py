from collections import Counter
from dataclasses import replace

import numpy as np

from recommender.log.histories import build_histories
from recommender.log.views import RECENT
from recommender.retrieval import lstm_batches
from recommender.retrieval.lstm import UNKNOWN, pause_kinds
from recommender.retrieval.lstm_batches import Pieces
from tests.knowing import busy_log
from tests.logs import histories_of, sequences

LONG = busy_log(n_users=4, n_items=200, n_events=130)


def pieces_of(histories, request_time=True, shuffled=False, seed=0):
    return Pieces(histories, request_time, shuffled, np.random.default_rng(seed))


def test_every_event_but_the_first_of_each_user_is_guessed_once_in_an_epoch():
    batches = [batch for _, batch in pieces_of(LONG).epoch()]
    guessed = Counter(np.concatenate([batch.target for batch in batches]).tolist())
    others = np.delete(LONG.item, LONG.indptr[:-1])
    assert guessed == Counter(others.tolist())
    assert max(batch.item.shape[1] for batch in batches) == RECENT


def test_a_guess_is_excluded_from_its_negatives_and_so_is_what_the_user_had_before():
    """User 1 reads a, b, c and guesses b, c, d; user 2 reads b and guesses a. All items are negatives."""
    ((share, batch),) = pieces_of(histories_of({1: "abcd", 2: "ba"})).epoch()
    assert share == 0
    assert batch.negatives.tolist() == [0, 1, 2, 3]
    assert batch.item.tolist() == [[0, 1, 2], [1, 0, 0]]
    assert batch.known.tolist() == [[True, True, True], [True, False, False]]
    assert batch.target.tolist() == [1, 2, 3, 0]
    assert batch.excluded.astype(int).tolist() == [[1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 0, 0]]


def test_where_users_choose_items_again_only_the_target_is_excluded():
    histories = replace(histories_of({1: "aba"}), again=0)
    ((_, batch),) = pieces_of(histories).epoch()
    assert batch.excluded.astype(int).tolist() == [[0, 1], [1, 0]]


def test_the_pause_is_the_one_after_each_event_or_without_the_time_of_the_request_before_it():
    histories, minute = histories_of({1: "abc"}, pause=60), pause_kinds(np.array(60))
    for request_time, expected in ((True, [minute, minute]), (False, [UNKNOWN, minute])):
        ((_, batch),) = pieces_of(histories, request_time).epoch()
        assert batch.pause.tolist() == [expected]


def test_negatives_are_drawn_where_there_are_many_items(monkeypatch):
    monkeypatch.setattr(lstm_batches, "NEGATIVES", 50)
    for _, batch in pieces_of(LONG).epoch():
        assert len(set(batch.negatives.tolist())) == 50
        assert batch.excluded.shape == (len(batch.target), 50)


def test_users_with_one_event_give_nothing_to_guess():
    assert [*pieces_of(histories_of({1: "a", 2: "b"})).epoch()] == []


def test_events_of_one_moment_have_another_order_in_each_epoch_and_stay_in_it():
    """Both users met a and b, then c and d, a minute later; their first guess is b or a, their last one d or c."""
    pairs = {1: "ab", 2: "ab"}, {1: "cd", 2: "cd"}
    histories = build_histories([sequences(pair, start=60 * at, pause=0) for at, pair in enumerate(pairs)])
    pieces = pieces_of(histories, shuffled=True)
    read = [batch.item for _ in range(40) for _, batch in pieces.epoch()]
    orders = {tuple(row) for rows in read for row in rows.tolist()}
    assert orders == {(0, 1, 2), (0, 1, 3), (1, 0, 2), (1, 0, 3)}
    assert any((one != other).any() for one, other in read)
    assert histories.item.tolist() == [0, 1, 2, 3] * 2


def test_without_ties_or_with_an_order_that_means_something_nothing_moves():
    """The user of the second log met a and b at once, a first as far as the file says."""
    for histories, shuffled in ((histories_of({1: "ab"}), True), (histories_of({1: "ab"}, pause=0), False)):
        read = [batch.item.tolist() for _ in range(9) for _, batch in pieces_of(histories, shuffled=shuffled).epoch()]
        assert read == [[[0]]] * 9
