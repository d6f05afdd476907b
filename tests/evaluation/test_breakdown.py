import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.evaluation import breakdown, lists, per_user, reference
from tests.evaluation.conftest import events, ranked

COUNTS = st.lists(st.integers(1, 30), min_size=1, max_size=40).map(np.array)
METRICS = ["hit@10", "recall@10", "ndcg@10"]

# The events of the small world: item 10 has 4 of 8, item 20 has 2, items 30 and 40 one each; all users know 2 events.
# Before 10 stands nothing, before 20 stand 4 of 8 (five tenths: decile 6), before 30 and 40 stand 6 of 8 (decile 8).
DECILE = {10: 1, 20: 6, 30: 8, 40: 8}


def break_down(found, truth, ks=(10,), edges=(5,), seed=0):
    pauses, random = np.zeros(len(truth.users), dtype=np.int64), np.random.default_rng(seed)
    return breakdown.break_down(found, truth, ks, edges, pauses, random=random, resamples=100)


def values(part, group, policy="svd"):
    return {name: found["value"] for name, found in part[group]["policies"][policy].items()}


class TestDeciles:
    def test_by_hand(self, truth):
        assert breakdown.deciles(truth.events).tolist() == list(DECILE.values())

    def test_items_that_are_alike_are_cut_by_events(self):
        """Ten items with 30 events in all: before the fives 0, the fours 10, the threes 18, ..."""
        assert breakdown.deciles(np.array([5, 5, 4, 4, 3, 3, 2, 2, 1, 1])).tolist() == [1, 1, 4, 4, 7, 7, 9, 9, 10, 10]

    def test_a_hundred_items_that_fall_slowly_fill_all_ten(self):
        counts = np.arange(1000, 900, -1)
        found = breakdown.deciles(counts)
        assert np.bincount(found, counts)[1:] / counts.sum() == pytest.approx(np.full(10, 0.1), abs=0.011)

    def test_large_counts_do_not_overflow(self):
        assert breakdown.deciles(np.array([10**12, 1])).tolist() == [1, 10]

    @given(COUNTS)
    def test_the_more_popular_are_never_in_a_later_decile(self, counts):
        found = breakdown.deciles(counts)
        assert set(found) <= set(range(1, 11))
        assert all(
            (found[counts > one] <= found[at]).all() and (found[counts == one] == found[at]).all()
            for at, one in enumerate(counts)
        )

    @given(COUNTS)
    def test_what_stands_before_a_decile_are_its_tenths_of_the_events(self, counts):
        found = breakdown.deciles(counts)
        for at in range(len(counts)):
            before = counts[counts > counts[at]].sum() / counts.sum()
            assert (found[at] - 1) / 10 <= before + 1e-12
            assert before < found[at] / 10

    @given(COUNTS, st.integers(2, 5))
    def test_twice_the_events_change_nothing(self, counts, times):
        assert np.array_equal(breakdown.deciles(counts * times), breakdown.deciles(counts))


class TestHistoryLength:
    @pytest.mark.parametrize(
        ("edges", "labels"),
        [
            ([5, 20, 100], ["1-5", "6-20", "21-100", "over 100"]),
            ([1, 2, 4], ["1", "2", "3-4", "over 4"]),
            ([7], ["1-7", "over 7"]),
        ],
    )
    def test_labels(self, truth, edges, labels):
        assert [group.label for group in breakdown.by_history(truth, edges)] == labels

    def test_a_length_on_an_edge_is_in_the_group_that_ends_there(self, items):
        """User 1 knows 1 event, user 2 two, user 3 three."""
        history = events([(user, item) for user in (1, 2, 3) for item in range(10, 10 + user)])
        truth = reference.build(events([(1, 12), (2, 12), (3, 10)]), history, items)
        groups = breakdown.by_history(truth, [1, 2])
        assert [group.relevant.tolist() for group in groups] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        assert all(group.items.all() for group in groups)

    def test_groups_without_users_are_absent(self, truth):
        found = lists.pad(ranked({1: [30]}), truth, 10, "svd")
        assert set(break_down({"svd": found}, truth, edges=[1, 2, 3])["history_length"]) == {"2"}


class TestItemPopularity:
    def test_each_user_stands_where_the_held_out_item_does(self, truth):
        """Users 1, 2 and 3 hold out items 30, 20 and 50; nobody met 50 before."""
        found = {group.label: group.relevant.tolist() for group in breakdown.by_popularity(truth)}
        assert [label for label, users in found.items() if any(users)] == ["6", "8", "no events"]
        assert (found["8"], found["6"], found["no events"]) == ([1, 0, 0], [0, 1, 0], [0, 0, 1])

    def test_by_hand(self, truth):
        """User 1 finds item 30 at rank 2, 1 / log2(3) = 0.63093; user 2 does not find item 20; 50 cannot be found."""
        found = lists.pad(ranked({1: [40, 30], 2: [40], 3: [30]}), truth, 10, "svd")
        part = break_down({"svd": found}, truth)["item_popularity"]
        assert values(part, "8") == pytest.approx({"hit@10": 1, "recall@10": 1, "ndcg@10": 0.63093}, abs=1e-5)
        assert values(part, "6") == values(part, "no events") == dict.fromkeys(METRICS, 0)
        assert {label: (group["users"], group["items"]) for label, group in part.items()} == {
            "6": (1, 1), "8": (1, 2), "no events": (1, 0),
        }  # fmt: skip

    def test_several_held_out_items_count_each_in_its_own_decile(self, items):
        """User 1 holds out 20 (decile 6), and 30 and 40 (8), and is shown 30, 20, then a rank that misses.

        Decile 6: one relevant item, found at rank 2: 0.63093. Decile 8: one of two, found at rank 1 of an ideal 1 and
        2: 1 / 1.63093 = 0.61315.
        """
        history = events([(2, 10), (3, 10), (4, 10), (2, 20), (4, 20), (3, 30), (5, 40), (1, 10)])
        truth = reference.build(events([(1, 20), (1, 30), (1, 40)]), history, items)
        found = lists.pad(ranked({1: [30, 20, 10]}), truth, 10, "svd")
        part = break_down({"svd": found}, truth)["item_popularity"]
        assert values(part, "6") == pytest.approx({"hit@10": 1, "recall@10": 1, "ndcg@10": 0.63093}, abs=1e-5)
        assert values(part, "8") == pytest.approx({"hit@10": 1, "recall@10": 0.5, "ndcg@10": 0.61315}, abs=1e-5)


class TestBreakDown:
    @pytest.fixture
    def world(self, items):
        """40 users who know 1 to 40 of 60 items, the first ones oftenest, and hold out one or two others."""
        random = np.random.default_rng(0)
        orders = [random.permutation(60) for _ in range(40)]
        orders = [np.concatenate([np.sort(order[: user + 1]), order[user + 1 :]]) for user, order in enumerate(orders)]
        history = events([(user, item) for user, order in enumerate(orders) for item in order[: user + 1]])
        held_out = [(user, item) for user, order in enumerate(orders) for item in order[user + 1 :][: 1 + user % 2]]
        truth = reference.build(events(held_out), history, items)
        shown = {
            name: lists.pad(ranked(random_lists(truth, orders, random)), truth, 10, name)
            for name in ("svd", "two_stage")
        }
        return truth, shown

    def test_a_single_group_is_the_whole(self, world):
        truth, shown = world
        part = break_down(shown, truth, edges=[1000])["history_length"]
        for policy, found in shown.items():
            table = per_user.measure(found, truth, [10])
            assert values(part, "1-1000", policy) == pytest.approx(table[METRICS].mean().to_dict())

    def test_a_group_is_what_its_users_alone_would_give(self, world):
        truth, shown = world
        part = break_down(shown, truth, edges=[5, 20])["history_length"]
        table = per_user.measure(shown["svd"], truth, [10])
        for label, low, high in (("1-5", 1, 5), ("6-20", 6, 20), ("over 20", 21, 40)):
            own = table[(truth.known >= low) & (truth.known <= high)]
            assert part[label]["users"] == len(own)
            assert values(part, label) == pytest.approx(own[METRICS].mean().to_dict())

    def test_every_held_out_item_counts_in_one_group(self, world):
        truth, _ = world
        assert np.array_equal(sum(group.relevant for group in breakdown.by_popularity(truth)), truth.relevant)
        assert np.array_equal(sum(group.relevant for group in breakdown.by_history(truth, [3, 9])), truth.relevant)

    def test_every_item_of_the_catalogue_is_in_one_decile(self, world):
        truth, _ = world
        assert (sum(group.items.astype(int) for group in breakdown.by_popularity(truth)) == 1).all()

    def test_values_lie_within_their_intervals(self, world):
        truth, shown = world
        for part in break_down(shown, truth, edges=[5, 20]).values():
            for group in part.values():
                for found in group["policies"].values():
                    assert all(0 <= value["low"] <= value["value"] <= value["high"] <= 1 for value in found.values())

    def test_other_edges_leave_the_items_as_they_are(self, world):
        truth, shown = world
        one, other = (break_down(shown, truth, edges=edges)["item_popularity"] for edges in ([5], [3, 10, 30]))
        assert one == other

    def test_equal_policies_have_equal_intervals(self, world):
        truth, shown = world
        part = break_down({"svd": shown["svd"], "again": shown["svd"]}, truth)["item_popularity"]
        assert all(group["policies"]["svd"] == group["policies"]["again"] for group in part.values())

    @pytest.mark.parametrize(("ks", "shown_k"), [([5, 10, 20], 10), ([5], 5), ([3, 7], 7)])
    def test_the_k_of_the_headline(self, truth, ks, shown_k):
        found = lists.pad(ranked({1: [30]}), truth, max(ks), "svd")
        part = break_down({"svd": found}, truth, ks=ks)["history_length"]
        assert set(values(part, "1-5")) == {f"{name}@{shown_k}" for name in ("hit", "recall", "ndcg")}

    def test_nothing_is_changed(self, world):
        truth, shown = world
        before = {policy: found.copy() for policy, found in shown.items()}
        break_down(shown, truth)
        assert all(np.array_equal(found, before[policy]) for policy, found in shown.items())


def random_lists(truth, orders, random):
    """Ten items of the catalogue for each user, in a random order."""
    known = set(truth.catalogue)
    return {
        user: [item for item in random.permutation(order) if item in known][:10] for user, order in enumerate(orders)
    }


def test_events_and_lengths_are_counted_from_the_history(truth):
    assert pd.Series(truth.events, truth.catalogue).to_dict() == {10: 4, 20: 2, 30: 1, 40: 1}
    assert truth.known.tolist() == [2, 2, 2]


class TestPauses:
    def test_groups_are_told_apart_to_the_microsecond(self, truth):
        for pauses, sizes in (
            ([0, 999_999, 1_000_000], {"same second": 2, "within an hour": 1, "an hour or more": 0}),
            ([3_599_999_999, 3_600_000_000, -1], {"same second": 0, "within an hour": 1, "an hour or more": 1}),
        ):
            groups = breakdown.by_pause(truth, np.array(pauses))
            assert {group.label: int((group.relevant > 0).sum()) for group in groups} == sizes

    def test_they_end_at_the_first_held_out_event_and_begin_at_the_last_before_it(self):
        def log(rows):
            frame = pd.DataFrame(rows, columns=["user_id", "timestamp"])
            return frame.assign(timestamp=pd.to_datetime(frame["timestamp"], unit="s", utc=True).dt.as_unit("us"))

        held_out, history = log([(1, 50), (1, 40), (2, 9), (3, 70)]), log([(1, 10), (1, 37), (3, 70)])
        found = reference.pauses(held_out, history, pd.Index([1, 2, 3]))
        assert found.tolist() == [3_000_000, -1, 0]
