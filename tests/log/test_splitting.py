import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from recommender.errors import DataError
from recommender.log.splitting import global_time, last_interaction, order_events, tie_keys
from tests.logs import log, sequences, short_logs

TIES = st.sampled_from(["hashed", "file_order"])
PARTS = ("train", "valid", "test")
DAY = 86_400


def letters(part):
    """`{user: "abc"}` of a part of a log of sequences."""
    return part.groupby("user_id")["item_id"].agg("".join).to_dict()


def others_of(part, users):
    return part[~part["user_id"].isin(users)].reset_index(drop=True)


def split_last(events, ties="hashed", tie_seed=0):
    return last_interaction(order_events(events, ties, tie_seed))


def long_enough(events):
    assume(events.groupby("user_id").size().max() >= 3)
    return events


class TestOrder:
    def test_by_user_then_time(self):
        events = log((2, "b", 1, 5), (1, "c", 1, 9), (2, "a", 1, 3), (1, "d", 1, 1))
        assert letters(order_events(events, "hashed", 0)) == {1: "dc", 2: "ab"}
        assert order_events(events, "hashed", 0)["user_id"].tolist() == [1, 1, 2, 2]

    def test_ties_keep_the_order_of_the_file_if_asked(self):
        events = sequences({1: "dbca"}, pause=0)
        assert letters(order_events(events, "file_order", 0)) == {1: "dbca"}

    def test_hashed_ties_are_ordered_by_their_keys(self):
        events = sequences({1: "dbca"}, pause=0)
        expected = events["item_id"].to_numpy()[np.argsort(tie_keys(events, 3))]
        assert order_events(events, "hashed", 3)["item_id"].tolist() == expected.tolist()

    def test_another_tie_seed_is_another_order_of_ties_only(self):
        tied, spread = sequences({1: "abcdefgh"}, pause=0), sequences({1: "abcdefgh"})
        assert len({letters(order_events(tied, "hashed", seed))[1] for seed in range(20)}) > 10
        assert {letters(order_events(spread, "hashed", seed))[1] for seed in range(20)} == {"abcdefgh"}

    def test_hashed_ties_favour_no_place_in_the_file(self):
        """Of 300 tied pairs, the first of the file comes first in 150, give or take 4 deviations of sqrt(75)."""
        events = sequences(dict.fromkeys(range(300), "ab"), pause=0)
        ahead = order_events(events, "hashed", 0).groupby("user_id")["item_id"].first()
        assert (ahead == "a").sum() == pytest.approx(150, abs=4 * np.sqrt(75))

    @given(events=short_logs(), seed=st.integers(0, 99))
    def test_hashed_order_does_not_depend_on_the_order_of_the_rows(self, events, seed):
        shuffled = events.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(order_events(events, "hashed", 1), order_events(shuffled, "hashed", 1))

    def test_order_of_the_file_does_depend_on_it(self):
        events = sequences({1: "ab"}, pause=0)
        assert letters(order_events(events[::-1], "file_order", 0)) == {1: "ba"}

    @given(events=short_logs(), ties=TIES)
    def test_no_event_is_changed_and_the_input_stays(self, events, ties):
        before = events.copy()
        ordered = order_events(events, ties, 0)
        pd.testing.assert_frame_equal(events, before)
        key = ["user_id", "item_id"]
        pd.testing.assert_frame_equal(*(part.sort_values(key, ignore_index=True) for part in (ordered, events)))

    def test_further_columns_come_last(self):
        events = sequences({1: "ab"}).assign(device=["tv", "phone"])
        ordered = order_events(events[sorted(events.columns)], "hashed", 0)
        assert list(ordered.columns) == ["user_id", "item_id", "rating", "timestamp", "device"]
        assert ordered["device"].tolist() == ["tv", "phone"]

    @pytest.mark.parametrize("ids", [["x y", '"', "🙂"], [-1, 0, 2**60]])
    def test_any_ids_have_keys(self, ids):
        events = pd.DataFrame({"user_id": ids, "item_id": ids})
        assert len(set(tie_keys(events, 0).tolist())) == 3

    def test_keys_of_the_same_text_do_not_depend_on_its_column_type(self):
        plain = pd.DataFrame({"user_id": ["a", "b"], "item_id": ["x", "y"]})
        assert (tie_keys(plain, 0) == tie_keys(plain.astype(object), 0)).all()


class TestLastInteraction:
    def test_the_table_of_the_docstring(self):
        parts = split_last(sequences({"Alice": "abcd", "Bob": "abc", "Carol": "ab"}))
        assert letters(parts.train) == {"Alice": "ab", "Bob": "a", "Carol": "ab"}
        assert letters(parts.valid) == {"Alice": "c", "Bob": "b"}
        assert letters(parts.test) == {"Alice": "d", "Bob": "c"}
        assert parts.reported == {"users_too_short": 1}

    def test_requests_tell_who_and_when_and_nothing_of_the_answer(self):
        parts = split_last(sequences({1: "abcd", 2: "abc", 3: "ab"}))
        assert list(parts.requests.columns) == ["user_id", "timestamp"]
        assert parts.requests["timestamp"].tolist() == parts.test["timestamp"].tolist()
        assert parts.requests["user_id"].tolist() == [1, 2]

    def test_further_columns_of_the_answer_are_known_with_the_request(self):
        events = order_events(sequences({1: "abc"}).assign(device=["tv", "watch", "phone"]), "hashed", 0)
        assert last_interaction(events).requests["device"].tolist() == ["phone"]

    def test_a_log_without_a_user_of_three_events_says_what_to_do(self):
        with pytest.raises(DataError, match=r"no user has the three events .* use a longer log"):
            split_last(sequences({1: "ab", 2: "c"}))

    def test_everything_in_one_second_is_split_by_the_tie_rule(self):
        parts = split_last(sequences({1: "abc", 2: "abc"}, pause=0))
        assert [len(getattr(parts, name)) for name in PARTS] == [2, 2, 2]

    @given(events=short_logs().map(long_enough), ties=TIES)
    def test_each_event_is_in_exactly_one_part(self, events, ties):
        parts = split_last(events, ties)
        joined = pd.concat([getattr(parts, name) for name in PARTS])
        assert len(joined) == len(events)
        assert not joined.duplicated(["user_id", "item_id"]).any()

    @given(events=short_logs().map(long_enough), ties=TIES)
    def test_no_user_has_a_later_part_before_an_earlier_one(self, events, ties):
        parts = split_last(events, ties)
        latest = parts.train.groupby("user_id")["timestamp"].max()
        valid, test = (part.set_index("user_id")["timestamp"] for part in (parts.valid, parts.test))
        assert (latest[valid.index] <= valid).all()
        assert (valid <= test).all()

    @given(events=short_logs().map(long_enough))
    def test_who_is_tested_is_validated_and_has_a_history(self, events):
        parts = split_last(events)
        tested = set(parts.test["user_id"])
        assert tested == set(parts.valid["user_id"]) <= set(parts.train["user_id"])
        assert parts.reported["users_too_short"] == events["user_id"].nunique() - len(tested)

    @given(events=short_logs().map(long_enough), seed=st.integers(0, 99))
    def test_the_order_of_the_rows_is_nothing_to_hashed_ties(self, events, seed):
        left, right = split_last(events), split_last(events.sample(frac=1, random_state=seed))
        for name in (*PARTS, "requests"):
            pd.testing.assert_frame_equal(getattr(left, name), getattr(right, name))

    @given(events=short_logs().map(long_enough), user=st.integers(0, 5))
    def test_relabelling_a_user_changes_nothing_for_the_others(self, events, user):
        parts = split_last(events), split_last(events.replace({"user_id": {user: 99}}))
        for name in PARTS:
            left, right = (others_of(getattr(part, name), {user, 99}) for part in parts)
            pd.testing.assert_frame_equal(left, right)

    def test_the_input_stays(self):
        events = order_events(sequences({1: "abcd"}), "hashed", 0)
        before = events.copy()
        last_interaction(events)
        pd.testing.assert_frame_equal(events, before)


TEN = sequences({1: "abcdefgh", 2: "yz"}, pause=DAY)  # user 1 on days 1 to 8 of January, user 2 on days 1 and 2


class TestGlobalTime:
    def test_shares_of_the_events_in_time_order(self):
        """Ten events on days 1 1 2 2 3 4 5 6 7 8: place 0.6 * 9 = 5.4 is day 4, place 0.8 * 9 = 7.2 is day 6."""
        parts = global_time(order_events(TEN, "hashed", 0), 0.6, 0.8)
        assert [letters(getattr(parts, name)) for name in PARTS] == [{1: "abc", 2: "yz"}, {1: "de"}, {1: "fgh"}]

    def test_dates_start_at_midnight_utc(self):
        parts = global_time(order_events(TEN, "hashed", 0), dt.date(1998, 1, 3), dt.date(1998, 1, 7))
        assert [letters(getattr(parts, name)) for name in PARTS] == [{1: "ab", 2: "yz"}, {1: "cdef"}, {1: "gh"}]

    def test_all_requests_have_the_first_moment_of_test(self):
        parts = global_time(order_events(TEN, "hashed", 0), 0.6, dt.date(1998, 1, 7))
        assert parts.requests.to_dict("list") == {"user_id": [1], "timestamp": [pd.Timestamp("1998-01-07", tz="UTC")]}

    def test_users_without_a_history_are_counted_and_not_tested(self):
        events = pd.concat([TEN, sequences({3: "ab"}, start=7 * DAY, pause=0)])
        parts = global_time(order_events(events, "hashed", 0), dt.date(1998, 1, 3), dt.date(1998, 1, 7))
        assert letters(parts.test) == {1: "gh"}
        assert parts.reported == {"users_without_history": 1, "test_events_without_history": 2}

    @pytest.mark.parametrize(
        ("valid_from", "test_from", "empty"),
        [("1997-01-01", "1998-01-03", "train"), ("1998-01-03", "1999-01-01", "test")],
    )
    def test_an_empty_part_is_named_with_the_moments(self, valid_from, test_from, empty):
        moments = map(dt.date.fromisoformat, (valid_from, test_from))
        with pytest.raises(
            DataError, match=f"leaves {empty} empty .valid_from is {valid_from}.*test_from is {test_from}"
        ):
            global_time(order_events(TEN, "hashed", 0), *moments)

    def test_all_events_in_one_second_cannot_be_split_by_time(self):
        with pytest.raises(DataError, match=r"leaves train empty .* or split.method: last_interaction"):
            global_time(order_events(sequences({1: "abcdef"}, pause=0), "hashed", 0), 0.5, 0.8)

    # Many short logs leave a part empty and are refused.
    @settings(suppress_health_check=[HealthCheck.filter_too_much])
    @given(events=short_logs(), share=st.floats(0.1, 0.8))
    def test_time_divides_the_parts_and_nothing_is_lost(self, events, share):
        try:
            parts = global_time(order_events(events, "hashed", 0), share, share + 0.15)
        except DataError:
            assume(False)
        times = [getattr(parts, name)["timestamp"] for name in PARTS]
        assert times[0].max() < times[1].min() <= times[1].max() < times[2].min()
        lost = parts.reported["test_events_without_history"]
        assert sum(map(len, times)) + lost == len(events)
        assert set(parts.test["user_id"]) <= set(parts.train["user_id"]) | set(parts.valid["user_id"])
