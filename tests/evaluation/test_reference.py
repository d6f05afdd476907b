import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import DataError
from recommender.evaluation import reference
from recommender.parts import part_of
from tests.evaluation.conftest import HELD_OUT, HISTORY, events

PAIRS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1)
NO_ITEMS = pd.DataFrame({"item_id": pd.Series(dtype="int64")})


def test_users_are_those_with_a_held_out_event(truth):
    assert truth.users.tolist() == [1, 2, 3]


def test_the_catalogue_is_what_the_history_has(truth):
    assert truth.catalogue.tolist() == [10, 20, 30, 40]


def test_share_counts_all_users_of_the_history(truth):
    assert truth.share.tolist() == [4 / 4, 2 / 4, 1 / 4, 1 / 4]


def test_an_item_met_twice_counts_once(items):
    again = reference.build(events(HELD_OUT), events(HISTORY + HISTORY[:3]), items)
    assert again.share.tolist() == [4 / 4, 2 / 4, 1 / 4, 1 / 4]


def test_a_held_out_item_outside_the_catalogue_is_relevant_but_has_no_key(truth):
    assert truth.relevant.tolist() == [1, 1, 1]
    assert truth.held_out.tolist() == [0 * 4 + 2, 1 * 4 + 1]


def test_several_held_out_items_per_user(items):
    several = reference.build(events([(1, 30), (1, 40), (1, 40), (2, 20)]), events(HISTORY), items)
    assert several.relevant.tolist() == [2, 1]


def test_users_with_few_items_left_are_hits_under_any_policy(truth, items):
    """Users 1 to 3 have two of four items; what user 3 holds out is none of them."""
    assert truth.left.tolist() == [2, 2, 2]
    assert reference.certain_hits(truth, [1, 2, 5]) == {"hit@1": 0, "hit@2": 2, "hit@5": 2}
    twice = reference.build(events(HELD_OUT), events(HISTORY * 2), items)
    assert twice.left.tolist() == [2, 2, 2]


def test_genres_are_one_bit_each(truth):
    assert np.bitwise_count(truth.genres).sum(axis=1).tolist() == [2, 1, 1, 0]


def test_an_item_without_a_row_has_no_genres(items):
    lacking = reference.build(events(HELD_OUT), events(HISTORY), items[items["item_id"] != 10])
    assert np.bitwise_count(lacking.genres).sum(axis=1).tolist() == [0, 1, 1, 0]


@given(test=PAIRS, history=PAIRS, kind=st.sampled_from(["int64", "str"]), count=st.integers(1, 5))
def test_parts_of_users_together_are_what_all_events_are(test, history, kind, count):
    """Whatever the order of the parts; some have no event."""
    test, history = (events(pairs).astype(kind) for pairs in (test, history))
    items = NO_ITEMS.astype(kind)
    parts = [[frame[part_of(frame["user_id"], count) == at] for frame in (test, history)] for at in range(count)]
    found = reference.merge([reference.count(*part) for part in reversed(parts)], items)
    for name, expected in vars(reference.build(test, history, items)).items():
        assert_same = pd.testing.assert_index_equal if isinstance(expected, pd.Index) else np.testing.assert_array_equal
        assert_same(getattr(found, name), expected)
        assert getattr(found, name).dtype == expected.dtype


@pytest.mark.parametrize("number", [0, 1, 63, 64, 65, 200])
def test_any_number_of_genres(number):
    table = pd.DataFrame({f"genre_{place}": np.ones(4, np.uint8) for place in range(number)})
    table.insert(0, "item_id", [10, 20, 30, 40])
    built = reference.build(events(HELD_OUT), events(HISTORY), table)
    assert np.bitwise_count(built.genres).sum(axis=1).tolist() == [number] * 4


def test_a_log_without_a_table_of_items():
    assert not reference.build(events(HELD_OUT), events(HISTORY), NO_ITEMS).genres.any()


def test_ids_may_be_text(items):
    test, history = (events(pairs).astype(str) for pairs in (HELD_OUT, HISTORY))
    built = reference.build(test, history, items.astype({"item_id": str}))
    assert built.catalogue.tolist() == ["10", "20", "30", "40"]
    assert built.held_out.tolist() == [2, 5]


@given(PAIRS, PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(test, history, random):
    before = reference.build(events(test), events(history), NO_ITEMS)
    random.shuffle(test)
    random.shuffle(history)
    after = reference.build(events(test), events(history), NO_ITEMS)
    assert after.users.equals(before.users)
    for name in ("held_out", "relevant", "share"):
        assert getattr(after, name).tolist() == getattr(before, name).tolist()


@given(PAIRS, PAIRS)
def test_counts_agree_with_sets(test, history):
    built = reference.build(events(test), events(history), NO_ITEMS)
    users = sorted({user for user, _ in test})
    assert built.relevant.tolist() == [len({item for user, item in test if user == one}) for one in users]
    everybody = {user for user, _ in history}
    owners = [{user for user, item in history if item == one} for one in built.catalogue]
    assert built.share.tolist() == [len(some) / len(everybody) for some in owners]


def test_inputs_are_left_alone(items):
    frames = [events(HELD_OUT), events(HISTORY), items]
    copies = [frame.copy() for frame in frames]
    reference.build(*frames)
    for frame, copy in zip(frames, copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


@pytest.mark.parametrize("name", ["test", "history"])
def test_no_events_is_an_error_that_names_the_frame(items, name):
    frames = {"test": events(HELD_OUT), "history": events(HISTORY)} | {name: events([])}
    with pytest.raises(DataError, match=f"{name}: no event"):
        reference.build(**frames, items=items)


@pytest.mark.parametrize(("name", "column"), [("test", "item_id"), ("history", "user_id"), ("items", "item_id")])
def test_a_missing_column_is_named(items, name, column):
    frames = {"test": events(HELD_OUT), "history": events(HISTORY), "items": items}
    frames[name] = frames[name].drop(columns=column)
    with pytest.raises(DataError, match=f"{name}: column '{column}' is missing, found "):
        reference.build(**frames)
