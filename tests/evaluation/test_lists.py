import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import DataError
from recommender.evaluation import lists, reference
from tests.evaluation.conftest import HELD_OUT, HISTORY, events, ranked

LISTS = {1: [10, 30, 40], 2: [20], 3: [40, 10]}
TRUTH = reference.build(events(HELD_OUT), events(HISTORY), pd.DataFrame({"item_id": [10, 20, 30, 40]}))


def test_one_row_per_user_and_one_column_per_rank(truth):
    padded = lists.pad(ranked(LISTS), truth, 3, "recommendations")
    assert padded.tolist() == [[0, 2, 3], [1, -1, -1], [3, 0, -1]]
    assert padded.dtype == np.int32


def test_ranks_beyond_the_width_are_not_looked_at(truth):
    assert lists.pad(ranked(LISTS), truth, 1, "recommendations").tolist() == [[0], [1], [3]]


def test_a_user_without_recommendations_has_an_empty_row(truth):
    assert lists.pad(ranked({2: [20]}), truth, 2, "recommendations").tolist() == [[-1, -1], [1, -1], [-1, -1]]


def test_no_recommendations_at_all(truth):
    nothing = ranked(LISTS).iloc[:0]
    assert (lists.pad(nothing, truth, 2, "recommendations") == -1).all()


def test_ids_may_be_text(items):
    test, history = (events(pairs).astype(str) for pairs in (HELD_OUT, HISTORY))
    text = reference.build(test, history, items.astype({"item_id": str}))
    frame = ranked(LISTS).astype({"user_id": str, "item_id": str})
    assert lists.pad(frame, text, 3, "recommendations").tolist() == [[0, 2, 3], [1, -1, -1], [3, 0, -1]]


@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order):
    frame = ranked(LISTS)
    padded = lists.pad(frame.iloc[list(order)], TRUTH, 3, "recommendations")
    np.testing.assert_array_equal(padded, lists.pad(frame, TRUTH, 3, "recommendations"))


def test_the_input_is_left_alone(truth):
    frame = ranked(LISTS)
    copy = frame.copy()
    lists.pad(frame, truth, 3, "recommendations")
    pd.testing.assert_frame_equal(frame, copy)


def test_a_hit_is_an_item_that_the_user_holds_out(truth):
    padded = lists.pad(ranked(LISTS), truth, 3, "recommendations")
    assert lists.hits(padded, truth).tolist() == [[False, True, False], [True, False, False], [False, False, False]]


def test_the_end_of_a_list_is_never_a_hit(items):
    # User 1 holds out the last item of the catalogue, whose key is one less than the first of user 2.
    truth = reference.build(events([(1, 40), (2, 20)]), events(HISTORY), items)
    assert not lists.hits(np.full((2, 3), -1, np.int32), truth).any()


def test_nobody_hits_an_item_outside_the_catalogue(items):
    truth = reference.build(events([(1, 50)]), events(HISTORY), items)
    assert not lists.hits(np.array([[0, 1, 2, 3]], np.int32), truth).any()


@pytest.mark.parametrize("column", ["user_id", "rank", "item_id", "score"])
def test_a_missing_column_is_named(truth, column):
    with pytest.raises(DataError, match=f"recommendations of svd: column '{column}' is missing, found .*add it"):
        lists.pad(ranked(LISTS).drop(columns=column), truth, 3, "recommendations of svd")


def test_a_user_who_is_not_in_test(truth):
    with pytest.raises(DataError, match=r"recs: column 'user_id': 1 values, first 4, are not in test; recommend for"):
        lists.pad(ranked(LISTS | {4: [10]}), truth, 3, "recs")


def test_an_item_outside_the_catalogue(truth):
    with pytest.raises(DataError, match=r"recs: column 'item_id': 1 values, first 50, are not in the catalogue"):
        lists.pad(ranked({1: [10, 50]}), truth, 3, "recs")


def test_an_item_twice_for_one_user(truth):
    with pytest.raises(DataError, match=r"recs: column 'item_id': user 2 has item 20 twice; recommend an item once"):
        lists.pad(ranked({1: [20], 2: [20, 10, 20]}), truth, 3, "recs")


@pytest.mark.parametrize("ranks", [[1, 1, 2], [1, 3, 4], [0, 1, 2], [2, 3, 4], [-1, 1, 2], [1, 2, 2]])
def test_ranks_other_than_one_to_n(truth, ranks):
    frame = ranked({1: [10, 20, 30]}).assign(rank=ranks)
    with pytest.raises(DataError, match=r"recs: column 'rank': user 1 has 3 items, and rank .*number the items"):
        lists.pad(frame, truth, 3, "recs")


@pytest.mark.parametrize("ranks", [[1.0, 2.0, 3.0], [1.0, np.nan, 3.0], ["1", "2", "3"]])
def test_ranks_that_are_not_whole_numbers(truth, ranks):
    frame = ranked({1: [10, 20, 30]}).assign(rank=ranks)
    with pytest.raises(DataError, match=r"recs: column 'rank': found .*, expected whole numbers"):
        lists.pad(frame, truth, 3, "recs")


def test_a_missing_user_is_not_in_test(truth):
    frame = ranked(LISTS).assign(user_id=[1.0, 1.0, 1.0, 2.0, 3.0, np.nan])
    with pytest.raises(DataError, match=r"column 'user_id': 1 values, first .*nan"):
        lists.pad(frame, truth, 3, "recs")
