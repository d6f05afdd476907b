import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from recommender.log.histories import build_histories, codes_of, lengths_without
from tests.logs import histories_of, log, sequences, short_logs


def spelled(histories):
    """`{user: "abc"}` of the histories of a log of sequences."""
    rows = np.split(histories.items[histories.item], histories.indptr[1:-1])
    return {user: "".join(row) for user, row in zip(histories.users.tolist(), rows, strict=True)}


class TestBuild:
    def test_by_hand(self):
        histories = build_histories([log((7, "b", 2, 5), (3, "a", 4, 0), (7, "a", 1, 6))])
        assert histories.users.tolist() == [3, 7]
        assert histories.items.tolist() == ["a", "b"]
        assert histories.indptr.tolist() == [0, 1, 3]
        assert histories.item.tolist() == [0, 1, 0]
        assert histories.rating.tolist() == [4, 2, 1]
        assert np.diff(histories.time).tolist() == [5_000_000, 1_000_000]

    def test_earlier_parts_come_first_whatever_the_order_of_users(self):
        parts = [sequences({2: "ab", 1: "c"}), sequences({1: "a", 2: "c"}), sequences({1: "b"})]
        assert spelled(build_histories(parts)) == {1: "cab", 2: "abc"}

    def test_the_order_of_the_rows_decides_not_the_time(self):
        events = sequences({1: "ba"}, pause=0)
        assert spelled(build_histories([events])) == {1: "ba"}
        assert spelled(build_histories([events[::-1]])) == {1: "ab"}

    def test_times_of_any_unit_are_microseconds(self):
        events = sequences({1: "ab"})
        slow = events.assign(timestamp=events["timestamp"].dt.as_unit("s"))
        assert build_histories([slow]).time.tolist() == build_histories([events]).time.tolist()

    def test_types_are_the_same_for_all_logs(self):
        for events in (sequences({1: "ab"}), log((1, 2, 3, 4))):
            histories = build_histories([events])
            kinds = [str(getattr(histories, name).dtype) for name in ("indptr", "item", "time", "rating")]
            assert kinds == ["int64", "int32", "int64", "float32"]

    @pytest.mark.parametrize("ids", [["🙂", 'a "b"', "c d"], [5, -1, 2**60]])
    def test_ids_are_kept_sorted(self, ids):
        histories = build_histories([log(*((name, name, 1, 0) for name in ids))])
        assert histories.users.tolist() == histories.items.tolist() == sorted(ids)

    @given(events=short_logs())
    def test_every_event_is_there_once_and_the_input_stays(self, events):
        before = events.copy()
        histories = build_histories([events])
        pairs = sorted(zip(histories.users[histories.user], histories.items[histories.item], strict=True))
        assert pairs == sorted(zip(events["user_id"], events["item_id"], strict=True))
        pd.testing.assert_frame_equal(events, before)

    @given(events=short_logs())
    def test_matrix_against_a_pivot_table(self, events):
        oracle = events.pivot_table(index="user_id", columns="item_id", values="rating", fill_value=0)
        assert (build_histories([events]).matrix().toarray() == oracle.to_numpy()).all()

    def test_lengths_and_counts(self):
        histories = histories_of({1: "abc", 2: "ab", 3: "a"})
        assert histories.lengths.tolist() == histories.counts.tolist() == [3, 2, 1]
        assert histories.user.tolist() == [0, 0, 0, 1, 1, 2]


class TestUntil:
    def test_keeps_the_first_events_and_all_codes(self):
        cut = histories_of({1: "abc", 2: "bd", 3: "a"}).until(np.array([2, 0, 1]))
        assert spelled(cut) == {1: "ab", 2: "", 3: "a"}
        assert (cut.n_users, cut.n_items) == (3, 4)
        assert cut.counts.tolist() == [2, 1, 0, 0]

    def test_all_of_it_is_all_of_it(self):
        histories = histories_of({1: "abc", 2: "bd"})
        assert spelled(histories.until(histories.lengths)) == spelled(histories)

    def test_leaves_the_original_alone(self):
        histories = histories_of({1: "abc"})
        histories.until(np.array([1]))
        assert spelled(histories) == {1: "abc"}


class TestCodes:
    @pytest.mark.parametrize(("ids", "vocabulary"), [([30, 5, 10], [10, 20, 30]), (["z", "", "x"], ["x", "y", "z"])])
    def test_positions_or_minus_one(self, ids, vocabulary):
        kind = object if isinstance(ids[0], str) else np.int64
        assert codes_of(np.array(ids, kind), np.array(vocabulary, kind)).tolist() == [2, -1, 0]

    def test_no_ids(self):
        assert codes_of(np.array([], np.int64), np.array([1])).tolist() == []


def test_lengths_without_the_held_out_events():
    train, valid = sequences({1: "abc", 2: "a"}), sequences({1: "d", 3: "a"})
    assert lengths_without(build_histories([train, valid]), valid).tolist() == [3, 1, 0]
